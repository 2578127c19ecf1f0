using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace Loam.TestKit;

/// <summary>How a test image's layer is compressed.</summary>
public enum LayerForm
{
    Gzip,
    Zstd,
    Tar,
}

/// <summary>An image for tests, made of tar archives.</summary>
public sealed class TestImage
{
    public const string ManifestType = "application/vnd.oci.image.manifest.v1+json";

    private readonly List<(byte[] Blob, string MediaType, Digest DiffId)> _layers = [];

    /// <summary>What the image says about running it.</summary>
    public JsonObject? Run { get; init; }

    public string Architecture { get; init; } = Platform.Host.Architecture;

    public Dictionary<string, string> Labels { get; } = new(StringComparer.Ordinal);

    /// <summary>The steps it was made by: each a command, and whether it made a layer.</summary>
    public List<(string CreatedBy, bool Layer)> History { get; } = [];

    /// <summary>Adds a layer.</summary>
    public TestImage Add(byte[] tar, LayerForm form = LayerForm.Gzip)
    {
        var type = form switch
        {
            LayerForm.Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            LayerForm.Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
            _ => "application/vnd.oci.image.layer.v1.tar",
        };
        return AddBlob(Compress(tar, form), type, Digest.Sha256(tar));
    }

    /// <summary>Adds a layer of any bytes.</summary>
    public TestImage AddBlob(byte[] blob, string mediaType, Digest diffId)
    {
        _layers.Add((blob, mediaType, diffId));
        return this;
    }

    /// <summary>Puts it into a registry.</summary>
    /// <returns>The manifest's digest.</returns>
    public Digest Push(InProcessRegistry registry, string repository, string? tag)
    {
        foreach (var layer in _layers)
        {
            registry.AddBlob(layer.Blob);
        }

        registry.AddBlob(Config);
        return registry.AddManifest(repository, tag, ManifestType, Manifest);
    }

    /// <summary>Writes it as an OCI image layout under the name "t".</summary>
    public void WriteLayout(string folder)
    {
        var blobs = Directory.CreateDirectory(Path.Combine(folder, "blobs", "sha256")).FullName;
        foreach (var blob in Blobs)
        {
            File.WriteAllBytes(Path.Combine(blobs, Digest.Sha256(blob).Hex), blob);
        }

        var named = Describe(ManifestType, Manifest);
        named["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = "t" };
        File.WriteAllBytes(Path.Combine(folder, "index.json"), Json(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray(named) }));
        File.WriteAllBytes(Path.Combine(folder, "oci-layout"), Json(new JsonObject { ["imageLayoutVersion"] = "1.0.0" }));
    }

    /// <summary>Layers, configuration and manifest.</summary>
    public IEnumerable<byte[]> Blobs => _layers.Select(layer => layer.Blob).Append(Config).Append(Manifest);

    public byte[] Config
    {
        get
        {
            var config = new JsonObject
            {
                ["architecture"] = Architecture,
                ["os"] = "linux",
                ["config"] = RunConfig,
                ["rootfs"] = new JsonObject
                {
                    ["type"] = "layers",
                    ["diff_ids"] = new JsonArray([.. _layers.Select(layer => (JsonNode)layer.DiffId.ToString())]),
                },
            };
            if (History.Count > 0)
            {
                config["history"] = new JsonArray(
                    [.. History.Select(step => (JsonNode)new JsonObject { ["created_by"] = step.CreatedBy, ["empty_layer"] = !step.Layer })]);
            }

            return Json(config);
        }
    }

    private JsonObject RunConfig
    {
        get
        {
            var config = Run?.DeepClone().AsObject() ?? new JsonObject { ["Env"] = new JsonArray("PATH=/bin") };
            if (Labels.Count > 0)
            {
                config[nameof(Labels)] = new JsonObject(Labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value)));
            }

            return config;
        }
    }

    public byte[] Manifest => Json(new JsonObject
    {
        ["schemaVersion"] = 2,
        ["mediaType"] = ManifestType,
        ["config"] = Describe("application/vnd.oci.image.config.v1+json", Config),
        ["layers"] = new JsonArray([.. _layers.Select(layer => Describe(layer.MediaType, layer.Blob))]),
    });

    private static JsonObject Describe(string mediaType, byte[] content) => new()
    {
        ["mediaType"] = mediaType,
        ["digest"] = Digest.Sha256(content).ToString(),
        ["size"] = content.Length,
    };

    private static byte[] Json(JsonObject value) => Encoding.UTF8.GetBytes(value.ToJsonString());

    public static byte[] Compress(byte[] tar, LayerForm form)
    {
        switch (form)
        {
            case LayerForm.Zstd:
                return Tools.Filter("zstd", ["-q", "-c"], tar);
            case LayerForm.Tar:
                return tar;
        }

        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(tar);
        }

        return compressed.ToArray();
    }

    /// <summary>Bytes that do not compress and are the same in every run.</summary>
    public static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
#pragma warning disable CA5394 // Nothing secret.
        new Random(seed).NextBytes(bytes);
#pragma warning restore CA5394
        return bytes;
    }
}
