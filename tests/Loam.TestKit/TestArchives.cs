using System.Text;
using System.Text.Json.Nodes;

namespace Loam.TestKit;

/// <summary>Archives as tools write them, made by hand: docker-archives of every age, and OCI archives.</summary>
public static class TestArchives
{
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";

    /// <summary>A configuration of uncompressed layers.</summary>
    public static byte[] Config(params byte[][] layers) => Json(new JsonObject
    {
        ["architecture"] = Platform.Host.Architecture,
        ["os"] = "linux",
        ["config"] = new JsonObject { ["Cmd"] = new JsonArray("/bin/a+b") },
        ["rootfs"] = new JsonObject
        {
            ["type"] = "layers",
            ["diff_ids"] = new JsonArray([.. layers.Select(layer => (JsonNode)Digest.Sha256(layer).ToString())]),
        },
    });

    /// <summary><c>docker save</c> of Docker 1.10 to 24: a folder for each layer, equal layers as links, and both
    /// <c>manifest.json</c> and <c>repositories</c>.</summary>
    public static byte[] Docker(string? tag, params byte[][] layers)
    {
        var tar = new TarAuthor();
        var config = Config(layers);
        var names = new List<string>();
        for (var i = 0; i < layers.Length; i++)
        {
            var id = Digest.Sha256(Encoding.ASCII.GetBytes($"layer {i}")).Hex;
            tar.Directory(id + "/").File(id + "/VERSION", "1.0").File(id + "/json", "{\"id\":\"" + id + "\"}");
            var twin = Array.FindIndex(layers, layer => layer.AsSpan().SequenceEqual(layers[i]));
            _ = twin == i ? tar.File(id + "/layer.tar", layers[i]) : tar.Symlink(id + "/layer.tar", "../" + names[twin]);
            names.Add(id + "/layer.tar");
        }

        tar.File($"{Digest.Sha256(config).Hex}.json", config);
        tar.File("manifest.json", Json(new JsonArray(Entry($"{Digest.Sha256(config).Hex}.json", tag, names))));
        return tar.File("repositories", "{}").End();
    }

    /// <summary><c>docker save</c> of Docker 25 and later: an OCI layout, and a <c>manifest.json</c> that names the same blobs.</summary>
    public static byte[] Hybrid(string tag, TestImage image, params byte[][] layers)
    {
        var tar = new TarAuthor().Directory("blobs/").Directory("blobs/sha256/");
        AddBlobs(tar, image);
        tar.File("index.json", Index(Named(
            image,
            ("io.containerd.image.name", $"docker.io/library/{tag}"),
            ("org.opencontainers.image.ref.name", tag[(tag.IndexOf(':', StringComparison.Ordinal) + 1)..]))));
        tar.File("manifest.json", Json(new JsonArray(Entry(BlobName(image.Config), tag, layers.Select(BlobName)))));
        return tar.File("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}").End();
    }

    /// <summary><c>docker save</c> before Docker 1.10.</summary>
    public static byte[] First(string repository, string tag, params byte[][] layers)
    {
        var tar = new TarAuthor();
        string? parent = null;
        for (var i = 0; i < layers.Length; i++)
        {
            var id = Digest.Sha256(Encoding.ASCII.GetBytes($"layer {i}")).Hex;
            var json = new JsonObject
            {
                ["id"] = id,
                ["os"] = "linux",
                ["architecture"] = Platform.Host.Architecture,
                ["config"] = new JsonObject { ["Cmd"] = new JsonArray("/x") },
            };
            if (parent is not null)
            {
                json["parent"] = parent;
            }

            tar.Directory(id + "/").File(id + "/VERSION", "1.0").File(id + "/json", Json(json)).File(id + "/layer.tar", layers[i]);
            parent = id;
        }

        return tar.File("repositories", Json(new JsonObject { [repository] = new JsonObject { [tag] = parent } })).End();
    }

    /// <summary>An OCI archive of one image.</summary>
    public static byte[] Oci(string name, TestImage image)
    {
        var tar = new TarAuthor().Directory("blobs/").Directory("blobs/sha256/");
        AddBlobs(tar, image);
        tar.File("index.json", Index(Named(image, ("org.opencontainers.image.ref.name", name))));
        return tar.File("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}").End();
    }

    public static TarAuthor AddBlobs(TarAuthor tar, TestImage image)
    {
        foreach (var blob in image.Blobs)
        {
            tar.File(BlobName(blob), blob);
        }

        return tar;
    }

    public static string BlobName(byte[] blob) => "blobs/sha256/" + Digest.Sha256(blob).Hex;

    public static JsonObject Named(TestImage image, params (string Key, string Value)[] annotations) => new()
    {
        ["mediaType"] = OciManifest,
        ["digest"] = Digest.Sha256(image.Manifest).ToString(),
        ["size"] = image.Manifest.Length,
        ["annotations"] = new JsonObject(annotations.Select(note => KeyValuePair.Create(note.Key, (JsonNode?)note.Value))),
    };

    public static byte[] Index(params JsonObject[] manifests) =>
        Json(new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = OciIndex, ["manifests"] = new JsonArray([.. manifests]) });

    public static JsonObject Entry(string config, string? tag, IEnumerable<string> layers) => new()
    {
        ["Config"] = config,
        ["RepoTags"] = tag is null ? null : new JsonArray(tag),
        ["Layers"] = new JsonArray([.. layers.Select(layer => (JsonNode)layer)]),
    };

    public static byte[] Json(JsonNode value) => Encoding.UTF8.GetBytes(value.ToJsonString());
}
