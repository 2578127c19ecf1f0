using System.Text.Json;
using System.Text.Json.Serialization;
using Loam.Images;

namespace Loam;

/// <summary>What an image runs on, what it runs, and the digests of its layers' content (OCI image-spec, <c>config.md</c>).</summary>
public sealed record ImageConfig
{
    /// <summary>The largest configuration that is read.</summary>
    public const int MaximumBytes = 8 << 20;

    /// <summary>The processor.</summary>
    [JsonPropertyName("architecture")]
    public string Architecture { get; init; } = "";

    /// <summary>The operating system.</summary>
    [JsonPropertyName("os")]
    public string Os { get; init; } = "";

    /// <summary>The processor's variant.</summary>
    [JsonPropertyName("variant")]
    public string? Variant { get; init; }

    /// <summary>Operating system, processor and variant, as it states them.</summary>
    [JsonIgnore]
    public Platform Platform => new() { Os = Os, Architecture = Architecture, Variant = Variant };

    /// <summary>When it was made, as it says.</summary>
    [JsonPropertyName("created")]
    public string? Created { get; init; }

    /// <summary>What it runs.</summary>
    [JsonPropertyName("config")]
    public RunConfig? Config { get; init; }

    /// <summary>The digests of the layers' uncompressed bytes.</summary>
    [JsonPropertyName("rootfs")]
    public RootFs RootFs { get; init; } = new();

    /// <summary>How it was made, step by step, the lowest first; steps that changed no file have no layer.</summary>
    [JsonPropertyName("history")]
    public IReadOnlyList<HistoryEntry?>? History { get; init; }

    /// <summary>Reads the configuration that belongs to a manifest.</summary>
    /// <param name="content">Its JSON.</param>
    /// <param name="manifest">The manifest, which must have as many layers.</param>
    /// <returns>What it says, checked.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="manifest"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ManifestInvalid"/>.</exception>
    public static ImageConfig Parse(ReadOnlySpan<byte> content, ImageManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var config = ManifestJson.Read(content, ManifestJson.Default.ImageConfig, "config");
        ManifestJson.Check(config.RootFs?.DiffIds is not null, "config: no rootfs.diff_ids");
        ManifestJson.Check(
            config.RootFs!.DiffIds.Count == manifest.Layers.Count,
            $"config: {config.RootFs.DiffIds.Count} diff_ids for {manifest.Layers.Count} layers");
        ManifestJson.Check(config.RootFs.DiffIds.All(id => !id.IsEmpty), "config: an empty diff_id");
        ManifestJson.Check(config is { Os.Length: > 0, Architecture.Length: > 0 }, "config: no os or no architecture");
        return config;
    }
}

/// <summary>What an image runs.</summary>
public sealed record RunConfig
{
    /// <summary>User, or <c>user:group</c>.</summary>
    [JsonPropertyName("User")]
    public string? User { get; init; }

    /// <summary><c>NAME=value</c> each.</summary>
    [JsonPropertyName("Env")]
    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>The program and its first arguments.</summary>
    [JsonPropertyName("Entrypoint")]
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Further arguments, or the program.</summary>
    [JsonPropertyName("Cmd")]
    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>The folder to start in.</summary>
    [JsonPropertyName("WorkingDir")]
    public string? WorkingDir { get; init; }

    /// <summary>Notes, by key.</summary>
    [JsonPropertyName("Labels")]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The ports it listens on, as keys: <c>80/tcp</c>.</summary>
    [JsonPropertyName("ExposedPorts")]
    public IReadOnlyDictionary<string, JsonElement>? ExposedPorts { get; init; }

    /// <summary>The folders whose content outlives the container, as keys.</summary>
    [JsonPropertyName("Volumes")]
    public IReadOnlyDictionary<string, JsonElement>? Volumes { get; init; }

    /// <summary>The signal that asks the program to end.</summary>
    [JsonPropertyName("StopSignal")]
    public string? StopSignal { get; init; }
}

/// <summary>One step of making an image.</summary>
public sealed record HistoryEntry
{
    /// <summary>When, as it says.</summary>
    [JsonPropertyName("created")]
    public string? Created { get; init; }

    /// <summary>By which command.</summary>
    [JsonPropertyName("created_by")]
    public string? CreatedBy { get; init; }

    /// <summary>A note.</summary>
    [JsonPropertyName("comment")]
    public string? Comment { get; init; }

    /// <summary>Whether it changed no file, and so has no layer.</summary>
    [JsonPropertyName("empty_layer")]
    public bool EmptyLayer { get; init; }
}

/// <summary>The digests of the layers' uncompressed bytes, lowest first.</summary>
public sealed record RootFs
{
    /// <summary>The diff IDs.</summary>
    [JsonPropertyName("diff_ids")]
    public IReadOnlyList<Digest> DiffIds { get; init; } = [];
}
