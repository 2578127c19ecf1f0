namespace Loam.Store;

/// <summary>All that tells one name from another.</summary>
internal readonly record struct NameKey(string? Name, Digest Digest, Platform? Platform, string? Disk, string? Index);
