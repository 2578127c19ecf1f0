using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>
/// The bytes of disks, layers and archives stay what they were: <c>recorded-digests.txt</c> holds what an earlier version
/// made of the same images. <c>LOAM_RECORD_DIGESTS=1</c> writes the file anew; a change in it is a change for every user.
/// </summary>
public sealed class RecordedDigestsTests
{
    private const int Generated = 500;

    private static readonly string Recorded = Path.Combine(Repository.Root, "tests", "Loam.Cli.Tests", "recorded-digests.txt");

    [Fact]
    public void Disks_layers_and_archives_have_the_recorded_bytes()
    {
        using var folder = new TemporaryFolder();
        var tricky = Images("tricky", TrickyLayers.All.Select(stack => stack.Layers)).ToList();
        var generated = Images("generated", Enumerable.Range(1, Generated).Select(GeneratedLayers.Stack)).ToList();
        (string Name, TestImage Image)[] images = [.. tricky, .. generated];
        Load(folder, tricky);
        Load(folder, generated, "--size-mib", "16");
        var found = new List<string>();
        var disks = JsonNode.Parse(Check(folder, "image", "list", "--json"))!["images"]!.AsArray()
            .ToDictionary(image => (string)image!["image_ref"]!, image => (string)image!["output_path"]!, StringComparer.Ordinal);
        found.AddRange(images.Select(image => $"{image.Name} disk {HashOf(disks[image.Name])}"));
        foreach (var format in (string[])["docker", "oci"])
        {
            Check(folder, ["save", "-q", "--format", format, "-o", folder["saved.tar"], .. images.Select(image => image.Name)]);
            found.Add($"all saved {format} {HashOf(folder["saved.tar"])}");
        }

        var step = images.Length / 30;
        for (var i = step; i < images.Length; i += step)
        {
            var (image, before) = (images[i].Name, images[i - step].Name);
            Check(folder, "rootfs", "export", disks[image], "-o", folder["export.tar"]);
            found.Add($"{image} export {HashOf(folder["export.tar"])}");
            found.Add($"{image} flat {Commit(folder, disks[image])}");
            found.Add($"{image} over {before} {Commit(folder, disks[image], "--layered", "--base", before)}");
        }

        if (Environment.GetEnvironmentVariable("LOAM_RECORD_DIGESTS") == "1")
        {
            File.WriteAllLines(Recorded, found);
        }

        Assert.Equal(File.ReadAllLines(Recorded), found);
    }

    private static IEnumerable<(string Name, TestImage Image)> Images(string kind, IEnumerable<IReadOnlyList<byte[]>> stacks)
    {
        foreach (var (stack, i) in stacks.Select((stack, i) => (stack, i)))
        {
            var image = new TestImage { Architecture = "amd64" };
            foreach (var layer in stack)
            {
                // As they are: what gzip and zstd make of them may change with their versions.
                image.Add(layer, LayerForm.Tar);
            }

            yield return ($"localhost/{kind}/i{i}:1", image);
        }
    }

    private static void Load(TemporaryFolder folder, IReadOnlyList<(string Name, TestImage Image)> images, params string[] options)
    {
        WriteLayout(folder["images.tar"], images);
        Check(folder, ["load", "-q", "-i", folder["images.tar"], .. options]);
    }

    private static void WriteLayout(string path, IReadOnlyList<(string Name, TestImage Image)> images)
    {
        var tar = new TarAuthor();
        foreach (var blob in images.SelectMany(image => image.Image.Blobs).DistinctBy(blob => Digest.Sha256(blob)))
        {
            tar.File(TestArchives.BlobName(blob), blob);
        }

        tar.File(
            "index.json", TestArchives.Index([.. images.Select(image => TestArchives.Named(image.Image, ("org.opencontainers.image.ref.name", image.Name)))]));
        File.WriteAllBytes(path, tar.File("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}").End());
    }

    /// <summary>The diff ID of the layer that a commit makes; its compressed bytes may change with zlib's version.</summary>
    private static string Commit(TemporaryFolder folder, string disk, params string[] options)
    {
        var committed = JsonNode.Parse(Check(folder, ["commit", "--json", "--created", "0", "--from-disk", disk, "localhost/recorded/made:1", .. options]))!;
        return (string?)committed["layer"]?["diff_id"] ?? "nothing";
    }

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static string Check(TemporaryFolder folder, params string[] arguments) => LoamBinary.Check([.. arguments, "--state-dir", folder["state"]]);
}
