namespace Loam.Cli.Output;

/// <summary>What <c>image push</c> prints.</summary>
internal sealed record PushedJson(
    string ImageRef, string DestinationRef, string Digest, int UploadedBlobs, long UploadedBytes, int MountedBlobs, int PresentBlobs);

/// <summary>What <c>rootfs push</c> prints.</summary>
internal sealed record PushedDiskJson(
    string ImageRef, string DestinationRef, string Sha256, int Chunks, long DataBytes, int UploadedChunks, long UploadedBytes);

/// <summary>What <c>tags</c> prints.</summary>
internal sealed record TagsJson(string Repository, IReadOnlyList<string> Tags);

/// <summary>What <c>registry login</c> prints.</summary>
internal sealed record LoginJson(string Registry, string Username, bool Verified, string Path);

/// <summary>What <c>registry logout</c> prints: where one was logged out.</summary>
internal sealed record LogoutJson(IReadOnlyList<string> Registries);

/// <summary>Where one is logged in; <c>docs/schemas/registry-list.schema.json</c> describes the list.</summary>
internal sealed record RegistryLoginJson(string Registry, string? Username, string Source, string Where)
{
    public static RegistryLoginJson From(RegistryLogin login) => new(login.Registry, login.UserName, login.Source, login.Where);
}

internal sealed record RegistryListJson(IReadOnlyList<RegistryLoginJson> Registries);

/// <summary>What <c>registry list --explain</c> prints: the source that decides, and what each source said.</summary>
internal sealed record ExplainJson(string ImageRef, string Source, string? Username, IReadOnlyList<ExplainStepJson> Steps, IReadOnlyList<string> Warnings);

internal sealed record ExplainStepJson(string Source, bool Used, string Why);
