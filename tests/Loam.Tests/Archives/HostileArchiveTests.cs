using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Damaged and hostile archives end in typed errors and leave the store as it was.</summary>
public sealed class HostileArchiveTests
{
    private const int Mutations = 10_000;

    private static readonly byte[] Layer = new TarAuthor().File("a", "1").End();
    private static readonly TestImage Image = new TestImage().Add(Layer);

    public static TheoryData<string, string, byte[]> Hostile
    {
        get
        {
            var data = new TheoryData<string, string, byte[]>();
            foreach (var (name, code, archive) in Cases())
            {
                data.Add(name, code, archive);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Hostile_archives_end_in_typed_errors(string name, string code, byte[] archive)
    {
        Assert.NotEmpty(name);
        using var folder = new TemporaryFolder();
        await LoadTests.LoadAsync(folder, TestArchives.Docker("here:1", new TarAuthor().File("here").End()));
        var before = Snapshot(folder["state"]);
        foreach (var disk in (DiskOptions?[])[new DiskOptions(), null])
        {
            var failure = await Assert.ThrowsAsync<LoamException>(() => LoadTests.LoadAsync(folder, archive, new LoadOptions
            {
                Disk = disk,
                Limits = new ArchiveLimits { MaximumBytes = 64 << 20, MaximumEntries = 5000 },
            }));
            Assert.True(code == failure.Code.Name, $"{failure.Code.Name}: {failure.Message}");
            Assert.DoesNotContain(failure.Message, char.IsControl);
            Assert.Equal(before, Snapshot(folder["state"]));
        }
    }

    [Fact]
    public async Task Ten_thousand_mutations_end_in_typed_errors_or_in_whole_images()
    {
        byte[][] sources =
        [
            TestArchives.Docker("app:1", Layer, Layer),
            TestArchives.Oci("app:1", Image),
            TestArchives.Hybrid("app:1", new TestImage().Add(Layer, LayerForm.Tar), Layer),
            TestArchives.First("app", "1", Layer),
            TestImage.Compress(TestArchives.Oci("app:1", Image), LayerForm.Gzip),
        ];
        var random = new Random(11);
        using var folder = new TemporaryFolder();
        var blobs = Path.Combine(folder["state"], "images", "oci", "blobs", "sha256");
        var (refused, known) = (0, new HashSet<string>(StringComparer.Ordinal));
        for (var i = 0; i < Mutations; i++)
        {
            var mutated = Mutation.Of(sources[i % sources.Length], random);
            if (i % 2 == 0)
            {
                Mutation.FixChecksums(mutated);
            }

            var names = i % 100 == 0 ? ImageStore.Open(folder["state"]).List() : null;
            try
            {
                await LoadTests.LoadAsync(folder, mutated, new LoadOptions { Disk = null, Limits = new ArchiveLimits { MaximumBytes = 16 << 20 } });
            }
            catch (LoamException e)
            {
                refused++;
                Assert.True(e.Code != ErrorCodes.Internal && e.Code != ErrorCodes.Io, $"mutation {i}: {e}");
                if (names is not null)
                {
                    Assert.Equal(names, ImageStore.Open(folder["state"]).List());
                }
            }

            foreach (var blob in Directory.EnumerateFiles(blobs).Where(known.Add))
            {
                Assert.Equal(Path.GetFileName(blob), Digest.Sha256(await File.ReadAllBytesAsync(blob, TestContext.Current.CancellationToken)).Hex);
            }

            Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(folder["state"], "images", "ingest")));
        }

        Assert.InRange(refused, Mutations / 3, Mutations - 1);
        foreach (var image in ImageStore.Open(folder["state"]).List())
        {
            await new ArchiveSaver(ImageStore.Open(folder["state"])).SaveAsync(
                [image.ImageRef], Stream.Null, new SaveOptions { Format = ArchiveFormat.Oci }, null, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_layout_folder_is_read_without_waiting_for_pipes()
    {
        Tools.Require("mkfifo");
        using var folder = new TemporaryFolder();
        Image.WriteLayout(folder["layout"]);
        var manifest = Path.Combine(folder["layout"], TestArchives.BlobName(Image.Manifest));
        File.Delete(manifest);
        Tools.Check("mkfifo", manifest);
        var failure = await Assert.ThrowsAsync<LoamException>(() => new ArchiveLoader(ImageStore.Open(folder["state"])).LoadAsync(
            ArchiveSource.FromPath(folder["layout"]), new LoadOptions(), null, TestContext.Current.CancellationToken));
        Assert.Equal(ErrorCodes.ArchiveInvalid, failure.Code);
    }

    private static IEnumerable<(string Name, string Code, byte[] Archive)> Cases()
    {
        var docker = TestArchives.Docker("app:1", Layer);
        var oci = TestArchives.Oci("app:1", Image);
        yield return ("nothing", "archive_unknown", []);
        yield return ("an empty archive", "archive_unknown", new TarAuthor().End());
        yield return ("a folder of other things", "archive_unknown", new TarAuthor().File("etc/passwd", "x").End());
        yield return ("noise", "archive_damaged", TestImage.Noise(10_000, 1));
        yield return ("text", "archive_damaged", "{\"schemaVersion\":2}"u8.ToArray());
        yield return ("cut off in a layer", "archive_damaged", docker[..3000]);
        yield return ("cut off in gzip", "archive_damaged", TestImage.Compress(docker, LayerForm.Gzip)[..^9]);
        yield return ("followed by more gzip noise", "archive_damaged", [.. TestImage.Compress(docker, LayerForm.Gzip), 1, 2, 3]);
        yield return ("bzip2", "unsupported_compression", [.. "BZh91AY"u8, .. TestImage.Noise(100, 2)]);
        yield return ("a name that leads out", "archive_escapes", new TarAuthor().File("../../etc/cron.d/x", "x").Raw(oci).End());
        yield return ("a name from the root", "archive_escapes", new TarAuthor().File("/etc/cron.d/x", "x").End());
        yield return ("a name that leads out by and by", "archive_escapes", new TarAuthor().File("blobs/sha256/../../../x", "x").End());
        yield return ("a link that leads out", "archive_escapes", new TarAuthor().Symlink("manifest.json", "../../../etc/passwd").End());
        yield return ("a link to the root", "archive_escapes", new TarAuthor().Symlink("manifest.json", "/etc/passwd").End());
        yield return ("a hard link that leads out", "archive_escapes", new TarAuthor().HardLink("manifest.json", "../etc/passwd").End());
        yield return ("links in a loop", "archive_invalid", new TarAuthor().Symlink("index.json", "a").Symlink("a", "index.json").End());
        yield return ("a pipe", "archive_invalid", new TarAuthor().Fifo("index.json").End());
        yield return ("a device", "archive_invalid", new TarAuthor().Device("index.json", block: true, 8, 0).End());
        yield return ("a name that is not UTF-8", "archive_invalid", new TarAuthor().File("blobs/\u00ff\u00fe", "x").End());
        yield return ("a name with control characters", "archive_escapes", new TarAuthor().File("../a\u001b[31m\nb", "x").End());
        yield return ("two different files of one name", "archive_invalid", new TarAuthor().File("index.json", "{}").File("./index.json", "[]").End());
        yield return ("a file and a link of one name", "archive_invalid", new TarAuthor().File("index.json", "{}").Symlink("index.json", "x").End());
        yield return ("a blob that is not its digest", "digest_mismatch", new TarAuthor().File(TestArchives.BlobName(Layer), "other").Raw(oci).End());
        yield return ("a manifest that is missing", "archive_incomplete", Without(Image.Manifest));
        yield return ("a configuration that is missing", "archive_incomplete", Without(Image.Config));
        yield return ("a layer that is missing", "archive_incomplete", Without(Image.Blobs.First()));
        yield return ("a docker layer that is missing", "archive_incomplete", DockerOf(TestArchives.Config(Layer), "nothing.tar"));
        yield return ("a docker layer outside", "archive_escapes", DockerOf(TestArchives.Config(Layer), "../../etc/passwd"));
        yield return ("docker layers that are others", "diff_id_mismatch", DockerOf(TestArchives.Config(new TarAuthor().File("b").End()), "l.tar"));
        yield return ("a compressed docker layer that is another", "diff_id_mismatch", DockerOf(TestArchives.Config(new TarAuthor().File("b").End()), "z.tar"));
        yield return ("more layers than diff IDs", "manifest_invalid", DockerOf(TestArchives.Config(Layer), "l.tar", "l.tar"));
        yield return ("an OCI layer that is another", "diff_id_mismatch", TestArchives.Oci("a:1", new TestImage().AddBlob(
            TestImage.Compress(Layer, LayerForm.Gzip), "application/vnd.oci.image.layer.v1.tar+gzip", Digest.Sha256("other"u8))));
        yield return ("a layer that is cut off", "layer_damaged", TestArchives.Oci("a:1", new TestImage().AddBlob(
            TestImage.Compress(Layer, LayerForm.Gzip)[..^9], "application/vnd.oci.image.layer.v1.tar+gzip", Digest.Sha256(Layer))));
        yield return ("a size that is false", "size_mismatch", WithSize(Image.Manifest.Length + 1));
        yield return ("a manifest that is null", "manifest_invalid", new TarAuthor().File("manifest.json", "null").End());
        yield return ("an image that is null", "manifest_invalid", new TarAuthor().File("manifest.json", "[null]").End());
        yield return ("no images", "archive_unknown", new TarAuthor().File("manifest.json", "[]").End());
        yield return ("an index without manifests", "archive_unknown", new TarAuthor().File("index.json", TestArchives.Index()).End());
        yield return ("a tag that is no reference", "archive_invalid", DockerTagged("UPPER/case\n:1"));
        yield return ("a layout of another time", "archive_invalid", new TarAuthor().File("index.json", TestArchives.Index())
            .File("oci-layout", "{\"imageLayoutVersion\":\"2.0.0\"}").End());
        yield return ("deeply nested JSON", "manifest_invalid", new TarAuthor().File("index.json", new string('[', 100_000)).End());
        yield return ("a huge manifest", "archive_limit_exceeded", new TarAuthor().File("manifest.json", new byte[5 << 20]).End());
        yield return ("repositories without end", "manifest_invalid", Endless());
        yield return ("indexes within indexes", "manifest_invalid", Nested(8));
        yield return ("an index that names one large index thousands of times", "archive_limit_exceeded", Repeated());
        yield return ("too many entries", "archive_limit_exceeded", Many(6000));
        yield return ("a gzip bomb", "archive_limit_exceeded", TestImage.Compress(new TarAuthor().File("a", new byte[80 << 20]).End(), LayerForm.Gzip));
        yield return ("a sparse file", "archive_invalid", Sparse("000000020000"));
        yield return ("a sparse file of 64 GiB", "archive_limit_exceeded", Sparse("777777777777"));
    }

    private static byte[] Without(byte[] missing)
    {
        var tar = new TarAuthor();
        foreach (var blob in Image.Blobs.Where(blob => !blob.AsSpan().SequenceEqual(missing)))
        {
            tar.File(TestArchives.BlobName(blob), blob);
        }

        return tar.File("index.json", TestArchives.Index(TestArchives.Named(Image))).End();
    }

    private static byte[] WithSize(int size)
    {
        var entry = TestArchives.Named(Image);
        entry["size"] = size;
        return TestArchives.AddBlobs(new TarAuthor(), Image).File("index.json", TestArchives.Index(entry)).End();
    }

    private static byte[] DockerOf(byte[] config, params string[] layers) => new TarAuthor()
        .File("l.tar", Layer).File("z.tar", TestImage.Compress(Layer, LayerForm.Gzip)).File("c.json", config)
        .File("manifest.json", TestArchives.Json(new JsonArray(TestArchives.Entry("c.json", "a:1", layers)))).End();

    private static byte[] DockerTagged(string tag) => new TarAuthor()
        .File("l.tar", Layer).File("c.json", TestArchives.Config(Layer))
        .File("manifest.json", TestArchives.Json(new JsonArray(TestArchives.Entry("c.json", tag, ["l.tar"])))).End();

    private static byte[] Endless() => new TarAuthor()
        .File("aa/json", "{\"parent\":\"aa\"}").File("aa/layer.tar", Layer).File("repositories", "{\"a\":{\"1\":\"aa\"}}").End();

    private static byte[] Nested(int depth)
    {
        var tar = TestArchives.AddBlobs(new TarAuthor(), Image);
        var entry = TestArchives.Named(Image);
        for (var i = 0; i < depth; i++)
        {
            var index = TestArchives.Index(entry);
            tar.File(TestArchives.BlobName(index), index);
            entry = new JsonObject { ["mediaType"] = TestArchives.OciIndex, ["digest"] = Digest.Sha256(index).ToString(), ["size"] = index.Length };
        }

        return tar.File("index.json", TestArchives.Index(entry)).End();
    }

    private static byte[] Repeated()
    {
        var index = TestArchives.Json(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["manifests"] = new JsonArray(),
            ["annotations"] = new JsonObject { ["x"] = new string('x', 3 << 20) },
        });
        var entry = new JsonObject { ["mediaType"] = TestArchives.OciIndex, ["digest"] = Digest.Sha256(index).ToString(), ["size"] = index.Length };
        var top = TestArchives.Index([.. Enumerable.Range(0, 9000).Select(_ => (JsonObject)entry.DeepClone())]);
        return new TarAuthor().File(TestArchives.BlobName(index), index).File("index.json", top).End();
    }

    private static byte[] Many(int entries)
    {
        var tar = new TarAuthor();
        for (var i = 0; i < entries; i++)
        {
            tar.Directory($"d{i}");
        }

        return tar.End();
    }

    private static byte[] Sparse(string size)
    {
        var tar = new TarAuthor().File("index.json", "").End();
        tar[156] = (byte)'S';
        System.Text.Encoding.ASCII.GetBytes(size).CopyTo(tar, 483);
        Mutation.FixChecksums(tar);
        return tar;
    }

    private static string Snapshot(string folder) =>
        Tools.Check(
            "bash",
            "-c",
            $"cd '{folder}' && find . -type f -printf '%p %i %s %T@\\n' | sort && find . -type d | sort "
            + "&& find . -type f -size -100k -exec sha256sum '{}' + | sort");
}
