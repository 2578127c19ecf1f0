using System.Text;
using Loam.Filesystems;
using Loam.Layers;
using Loam.TestKit;

namespace Loam.Tests;

public sealed class TarReaderTests
{
    [Theory]
    [InlineData("gnu", "")]
    [InlineData("posix", "0.0")]
    [InlineData("posix", "0.1")]
    [InlineData("posix", "1.0")]
    public void Sparse_files_of_gnu_tar_read_back(string format, string version)
    {
        Tools.Require("tar", "bash");
        using var folder = new TemporaryFolder();
        Tools.Check(
            "bash",
            "-c",
            $"cd {folder.Path} && truncate -s 50M s "
            + "&& for i in $(seq 1 12); do printf 'part %s' $i | dd of=s bs=1 seek=$((i * 4000000)) conv=notrunc 2>/dev/null; done");
        var options = version.Length > 0 ? [$"--sparse-version={version}"] : Array.Empty<string>();
        Tools.Check("tar", ["-cf", folder["t.tar"], "-C", folder.Path, "--sparse", $"--format={format}", .. options, "s"]);
        Assert.True(new FileInfo(folder["t.tar"]).Length < 1_000_000);
        using var disk = DiskFile.Create(folder["disk"]);
        var (tree, _) = Apply(disk, new LayerLimits(), File.ReadAllBytes(folder["t.tar"]));
        var file = Assert.IsType<RegularFileNode>(tree.Find(TreePath.Parse("s")));
        Assert.Equal(50 << 20, file.Content.Size);
        var content = BlockContent.Of(file.Content);
        Assert.InRange(content.Blocks, 12, 24);
        var extent = content.Extents[0];
        var block = new byte[DiskFile.BlockSize];
        disk.Read(extent.Physical * DiskFile.BlockSize, block);
        Assert.Contains("part 1", Encoding.ASCII.GetString(block), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v7")]
    [InlineData("oldgnu")]
    [InlineData("gnu")]
    [InlineData("ustar")]
    [InlineData("posix")]
    public void Every_format_of_gnu_tar_reads_back(string format)
    {
        Tools.Require("tar");
        using var folder = new TemporaryFolder();
        var name = format is "v7" ? "short" : "long/" + new string('n', format is "gnu" or "posix" or "oldgnu" ? 180 : 90);
        Directory.CreateDirectory(folder["in/long"]);
        File.WriteAllText(folder["in/" + name], "content");
        File.CreateSymbolicLink(folder["in/link"], name[..Math.Min(90, name.Length)]);
        Tools.Check("tar", "-cf", folder["t.tar"], $"--format={format}", "-C", folder["in"], ".");
        using var disk = DiskFile.Create(folder["disk"]);
        var (tree, _) = Apply(disk, new LayerLimits(), File.ReadAllBytes(folder["t.tar"]));
        Assert.Equal(7, Assert.IsType<RegularFileNode>(tree.Find(TreePath.Parse(name))).Content.Size);
        Assert.IsType<SymlinkNode>(tree.Find(TreePath.Parse("link")));
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "leaves the root", "layer_escapes_root" },
        { "link leaves the root", "layer_escapes_root" },
        { "whiteout of the parent", "layer_escapes_root" },
        { "whiteout of nothing", "layer_escapes_root" },
        { "link to nothing", "layer_invalid" },
        { "link to a directory", "layer_invalid" },
        { "symlink loop", "layer_invalid" },
        { "long name", "layer_invalid" },
        { "trailing data", "layer_damaged" },
        { "truncated", "layer_damaged" },
        { "checksum", "layer_damaged" },
        { "entries", "layer_limit_exceeded" },
        { "bytes", "layer_limit_exceeded" },
        { "header", "layer_limit_exceeded" },
        { "device", "layer_invalid" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_layers_are_refused_by_name(string what, string code)
    {
        var author = new TarAuthor().Directory("d");
        byte[] archive = what switch
        {
            "leaves the root" => author.File("a/../../x", "1").End(),
            "link leaves the root" => author.HardLink("x", "../../etc/passwd").End(),
            "whiteout of the parent" => author.File("d/.wh...", "").End(),
            "whiteout of nothing" => author.File("d/.wh.", "").End(),
            "link to nothing" => author.HardLink("x", "nothing").End(),
            "link to a directory" => author.HardLink("x", "d").End(),
            "symlink loop" => author.Symlink("a", "b").Symlink("b", "a").File("a/x", "1").End(),
            "long name" => author.File(new string('n', 256), "1").End(),
            "trailing data" => [.. author.End(), 1],
            "truncated" => author.File("x", new byte[1000]).End()[..1200],
            "checksum" => [1, .. author.End()[1..]],
            "entries" => author.File("1").File("2").File("3").File("4").End(),
            "bytes" => author.File("1", new byte[70_000]).End(),
            "header" => author.File("1", xattrs: [new XAttr("user.x", new byte[5000])]).End(),
            _ => author.Device("x", false, 5000, 1).End(),
        };
        var limits = what switch
        {
            "entries" => new LayerLimits { MaximumEntries = 4 },
            "bytes" => new LayerLimits { MaximumUncompressedBytes = 50_000 },
            "header" => new LayerLimits { MaximumHeaderBytes = 4096 },
            _ => new LayerLimits(),
        };
        using var folder = new TemporaryFolder();
        using var disk = DiskFile.Create(folder["disk"]);
        var error = Assert.Throws<LoamException>(() => Apply(disk, limits, archive));
        Assert.Equal(code, error.Code.Name);
        Assert.Equal(Digest.Sha256(archive).ToString(), error.Details["layer"]);
        Assert.True(error.Details.ContainsKey("offset"));
    }

    [Theory]
    [InlineData(LayerForm.Gzip)]
    [InlineData(LayerForm.Zstd)]
    public void Chains_of_members_are_whole_or_refused(LayerForm form)
    {
        Tools.Require("zstd");
        var data = TestImage.Noise(300_000, 9);
        byte[] chain = [.. TestImage.Compress(data[..1000], form), .. TestImage.Compress([], form), .. TestImage.Compress(data[1000..], form)];
        Assert.Equal(data, Inflate(chain));
        foreach (var damaged in (byte[][])[chain[..^1], chain[..^9], chain[..5000], [.. chain, 0], [.. chain, .. new byte[20_000]], [.. chain, 0x1F, 0x8B]])
        {
            Assert.Equal(CompressionError.Damaged, Assert.Throws<CompressionException>(() => Inflate(damaged)).Error);
        }
    }

    private static byte[] Inflate(byte[] blob)
    {
        using var stream = Decompressor.Open(new MemoryStream(blob));
        var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static (FileTree Tree, BlockHeap Heap) Apply(DiskFile disk, LayerLimits limits, byte[] archive)
    {
        var heap = new BlockHeap(disk, _ => new BlockRange(long.MaxValue / 2, 0));
        var tree = new FileTree();
        new LayerApplier(new TreeOverlay(tree, file => heap.Release(file.Content)), new ContentWriter(disk, heap), limits, _ => { })
            .Apply(new MemoryStream(archive), Digest.Sha256(archive), Digest.Sha256(archive), CancellationToken.None);
        return (tree, heap);
    }
}
