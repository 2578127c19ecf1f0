using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>What the writer wrote, the reader reads.</summary>
public sealed class Ext4RoundTripTests
{
    /// <summary>2310-04-04: what is later, e2fsck takes for a mistake.</summary>
    private const long LatestUndoubted = 10_737_418_239;

    [Fact]
    public void Any_tree_reads_back_as_it_was_written()
    {
        using var folder = new TemporaryFolder();
        Prop.ForAll(ArbMap.Default.GeneratorFor<int>().ToArbitrary(), seed =>
        {
            System.IO.File.Delete(folder["disk"]);
            SortedDictionary<string, string> written;
            using (var disk = DiskFile.Create(folder["disk"]))
            {
                var writer = new Ext4Writer(disk, new Ext4Options { Uuid = new Guid(seed, 1, 2, new byte[8]), HashSeed = new Guid(seed, 3, 4, new byte[8]) });
                var tree = new FileTree();
                Fill(tree, writer.Content, new Random(seed));
                writer.Finish(tree, TestContext.Current.CancellationToken);
                disk.Flush();
                written = TreeDescription.Of(tree, file => new MemoryStream(ContentWriterTests.Read(disk, file.Content)));
            }

            TreeListing.AssertSame(written, TreeDescription.Of(folder["disk"]));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    /// <summary>A tree of a few dozen nodes of every kind.</summary>
    internal static void Fill(FileTree tree, ContentWriter content, Random random)
    {
        var directories = new List<DirectoryNode> { tree.Root };
        var files = new List<FileNode>();
        tree.Root.Metadata = AnyMetadata(random);
        for (var i = random.Next(5, 80); i > 0; i--)
        {
            var parent = directories[random.Next(directories.Count)];
            var node = files.Count > 0 && random.Next(6) == 0 ? files[random.Next(files.Count)] : Any(content, random);
            if (node is DirectoryNode directory)
            {
                directories.Add(directory);
            }
            else
            {
                files.Add(node);
            }

            parent.Set(AnyName(random), node);
            if (node is DirectoryNode && random.Next(8) == 0)
            {
                for (var names = random.Next(600); names > 0; names--)
                {
                    ((DirectoryNode)node).Set(AnyName(random), new SymlinkNode(AnyMetadata(random), new byte[] { 1, 2, 3 }));
                }
            }
        }
    }

    private static FileNode Any(ContentWriter content, Random random)
    {
        var metadata = AnyMetadata(random);
        switch (random.Next(10))
        {
            case 0 or 1 or 2:
                return new DirectoryNode(metadata);
            case 3:
                return new SymlinkNode(metadata, AnyTarget(random));
            case 4:
                var kind = (SpecialKind)random.Next(4);
                return kind is SpecialKind.Fifo or SpecialKind.Socket
                    ? new SpecialNode(metadata, kind, 0, 0)
                    : new SpecialNode(metadata, kind, (uint)random.Next(1 << random.Next(1, 13)), (uint)random.Next(1 << random.Next(1, 21)));
            default:
                for (var parts = random.Next(12); parts > 0; parts--)
                {
                    if (random.Next(3) == 0)
                    {
                        content.Skip(random.Next(30_000));
                    }
                    else
                    {
                        content.Write(TestImage.Noise(random.Next(20_000), random.Next()));
                    }
                }

                return new RegularFileNode(metadata, content.Finish());
        }
    }

    private static byte[] AnyTarget(Random random)
    {
        var length = random.Next(3) switch { 0 => random.Next(1, 58), 1 => random.Next(58, 63), _ => random.Next(1, 4096) };
        return [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next(1, 256))];
    }

    private static byte[] AnyName(Random random)
    {
        var name = new byte[random.Next(10) == 0 ? random.Next(1, 256) : random.Next(3, 20)];
        random.NextBytes(name);
        foreach (ref var b in name.AsSpan())
        {
            b = b is 0 or (byte)'/' or (byte)'.' or (byte)'|' ? (byte)'x' : b;
        }

        return name;
    }

    private static Metadata AnyMetadata(Random random)
    {
        var attributes = new List<XAttr>();
        for (var i = random.Next(4) == 0 ? random.Next(6) : 0; i > 0; i--)
        {
            var value = new byte[random.Next(4) == 0 ? random.Next(600) : random.Next(30)];
            random.NextBytes(value);
            var prefix = ((string[])["user.", "trusted.", "security."])[random.Next(3)];
            attributes.Add(
                new XAttr(prefix + Encoding.Latin1.GetString([.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => (byte)random.Next('a', 'z'))]), value));
        }

        if (random.Next(10) == 0)
        {
            attributes.Add(new XAttr(
                "system.posix_acl_access", Convert.FromHexString("0200000001000600ffffffff020004000a00000004000400ffffffff10000400ffffffff20000400ffffffff")));
        }

        var seconds = random.Next(5) == 0 ? random.NextInt64(int.MinValue, LatestUndoubted) : random.Next();
        return new Metadata(
            (ushort)random.Next(0x1000),
            (uint)random.NextInt64(1L << 32),
            (uint)random.Next(70_000),
            new Timestamp(seconds, (uint)random.Next(1_000_000_000)),
            XAttrs.Create(attributes));
    }
}
