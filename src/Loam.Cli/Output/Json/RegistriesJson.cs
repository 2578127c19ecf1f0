namespace Loam.Cli.Output;

/// <summary>What <c>image push</c> prints.</summary>
internal sealed record PushedJson(
    string ImageRef, string DestinationRef, string Digest, int UploadedBlobs, long UploadedBytes, int MountedBlobs, int PresentBlobs)
{
    public static PushedJson From(PushedImage pushed) => new(
        pushed.Source.ToString(),
        pushed.Destination.ToString(),
        pushed.Digest.ToString(),
        pushed.Uploaded,
        pushed.UploadedBytes,
        pushed.Mounted,
        pushed.Present);
}

/// <summary>What <c>rootfs push</c> prints.</summary>
internal sealed record PushedDiskJson(
    string ImageRef, string DestinationRef, string Sha256, int Chunks, long DataBytes, int UploadedChunks, long UploadedBytes)
{
    public static PushedDiskJson From(PushedDisk pushed) => new(
        pushed.Image.ToString(),
        pushed.Destination.ResolvedName,
        pushed.Sha256,
        pushed.Chunks,
        pushed.DataBytes,
        pushed.UploadedChunks,
        pushed.UploadedBytes);
}

/// <summary>What <c>tags</c> prints.</summary>
internal sealed record TagsJson(string Repository, IReadOnlyList<string> Tags);

/// <summary>What <c>registry login</c> prints.</summary>
internal sealed record LoginJson(string Registry, string Username, bool Verified, string Path);

/// <summary>What <c>registry logout</c> prints: the registries whose credentials were removed.</summary>
internal sealed record LogoutJson(IReadOnlyList<string> Registries);

/// <summary>A stored login; <c>docs/schemas/registry-list.schema.json</c> describes the list.</summary>
internal sealed record RegistryLoginJson(string Registry, string? Username, string Source, string Where)
{
    public static RegistryLoginJson From(RegistryLogin login) => new(login.Registry, login.UserName, login.Source, login.Where);
}

internal sealed record RegistryListJson(IReadOnlyList<RegistryLoginJson> Registries);

/// <summary>What <c>registry list --explain</c> prints: the source that decides, and what each source had.</summary>
internal sealed record ExplainJson(string ImageRef, string Source, string? Username, IReadOnlyList<ExplainStepJson> Steps, IReadOnlyList<string> Warnings);

internal sealed record ExplainStepJson(string Source, bool Used, string Why);
