using System.Security.Cryptography;
using System.Text;
using Loam.Filesystems;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>A small tree of anything, and its contents.</summary>
internal sealed class RandomTree
{
    private static readonly string[] Names = ["a", "b", "c", "d", "a-", "a.b", "\u00e9"];

    private readonly Random _random;

#pragma warning disable CA5394 // Nothing secret.
    public RandomTree(int seed)
    {
        _random = new Random(seed);
        Tree.Root.Metadata = Metadata();
        Fill(Tree.Root, 0, []);
    }

    public FileTree Tree { get; } = new();

    public Stream Open(RegularFileNode file) => new MemoryStream(MemoryContent.Of(file));

    /// <summary>Some further changes; what is not changed stays the very same node.</summary>
    public void Change(int times)
    {
        for (var i = 0; i < times; i++)
        {
            var nodes = Tree.Walk().ToList();
            var directories = nodes.Select(item => item.Node).OfType<DirectoryNode>().Append(Tree.Root).ToList();
            var directory = directories[_random.Next(directories.Count)];
            var name = Encoding.UTF8.GetBytes(Names[_random.Next(Names.Length)]);
            var files = nodes.Select(item => item.Node).Where(node => node is not DirectoryNode).ToList();
            switch (_random.Next(5))
            {
                case 0:
                    directory.Remove(name, out _);
                    break;
                case 1:
                    directory.Set(name, Leaf());
                    break;
                case 2 when files.Count > 0:
                    directory.Set(name, files[_random.Next(files.Count)]);
                    break;
                case 3 when nodes.Count > 0:
                    var changed = nodes[_random.Next(nodes.Count)].Node;
                    changed.Metadata = changed is SymlinkNode ? Metadata() with { Permissions = 0b111_111_111 } : Metadata();
                    break;
                default:
                    directory.Set(name, new DirectoryNode(Metadata()));
                    break;
            }
        }
    }

    private void Fill(DirectoryNode directory, int depth, List<FileNode> leaves)
    {
        foreach (var name in Names.Where(_ => _random.Next(3) > 0))
        {
            var node = depth < 3 && _random.Next(3) == 0 ? new DirectoryNode(Metadata())
                : leaves.Count > 0 && _random.Next(4) == 0 ? leaves[_random.Next(leaves.Count)]
                : Leaf();
            directory.Set(Encoding.UTF8.GetBytes(name), node);
            if (node is DirectoryNode below)
            {
                Fill(below, depth + 1, leaves);
            }
            else
            {
                leaves.Add(node);
            }
        }
    }

    private FileNode Leaf()
    {
        switch (_random.Next(6))
        {
            case 0:
                return new SymlinkNode(Metadata() with { Permissions = 0b111_111_111 }, Encoding.UTF8.GetBytes(Names[_random.Next(2)]));
            case 1:
                return new SpecialNode(Metadata(), SpecialKind.CharacterDevice, 1, (uint)_random.Next(3));
            case 2:
                return new SpecialNode(Metadata(), SpecialKind.Fifo, 0, 0);
            default:
                var content = TestImage.Noise(_random.Next(4) * 700, _random.Next(3));
                return new RegularFileNode(Metadata(), new MemoryContent(content));
        }
    }

    private Metadata Metadata() => new(
        (ushort)(0b110_100_100 + _random.Next(2)),
        (uint)_random.Next(2),
        _random.Next(20) == 0 ? 3_000_000_000 : 0,
        new Timestamp(_random.Next(3) - 1, (uint)_random.Next(2) * 5),
        _random.Next(5) == 0
            ? XAttrs.Create([new XAttr("user.x", new byte[] { 0, 10, 61, 255 }), new XAttr("security.capability", new byte[] { 1 })])
            : XAttrs.None);
#pragma warning restore CA5394

    /// <summary>A tree as lines: names, metadata, contents, and which names are one file.</summary>
    public static List<string> Describe(FileTree tree, Func<RegularFileNode, string> contentOf)
    {
        var lines = new List<string> { $"/ {tree.Root.Metadata}" };
        var numbers = new Dictionary<FileNode, int>(ReferenceEqualityComparer.Instance);
        foreach (var (path, node) in tree.Walk())
        {
            numbers.TryAdd(node, numbers.Count);
            lines.Add($"{path} #{numbers[node]} {node.GetType().Name} {node.Metadata} " + node switch
            {
                RegularFileNode file => contentOf(file),
                SymlinkNode link => TreePath.Display(link.Target.Span),
                SpecialNode special => $"{special.Kind} {special.Major}:{special.Minor}",
                _ => "",
            });
        }

        return lines;
    }

    public List<string> Describe() => Describe(Tree, file => Hash(MemoryContent.Of(file)));

    public static string Hash(byte[] content) => Convert.ToHexString(SHA256.HashData(content));
}
