using System.Text;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>Small trees for tests.</summary>
internal static class Trees
{
    public static Metadata Plain { get; } = new(0b110_100_100, 0, 0, new Timestamp(1_700_000_000, 123_456_789), XAttrs.None);

    public static Metadata Folder { get; } = Plain with { Permissions = 0b111_101_101 };

    public static RegularFileNode File(string content = "", Metadata? metadata = null) =>
        new(metadata ?? Plain, new MemoryContent(Encoding.UTF8.GetBytes(content)));

    public static SymlinkNode Link(string target) => new(Plain, Encoding.UTF8.GetBytes(target));

    /// <summary>A tree of paths, the folders above them made.</summary>
    public static FileTree Of(params (string Path, FileNode Node)[] files)
    {
        var tree = new FileTree();
        foreach (var (path, node) in files)
        {
            var at = tree.Root;
            var parts = path.Split('/');
            foreach (var part in parts[..^1])
            {
                if (at.Find(Encoding.UTF8.GetBytes(part)) is not DirectoryNode below)
                {
                    at.Set(Encoding.UTF8.GetBytes(part), below = new DirectoryNode(Folder));
                }

                at = below;
            }

            at.Set(Encoding.UTF8.GetBytes(parts[^1]), node);
        }

        return tree;
    }

    public static Stream Open(RegularFileNode file) => new MemoryStream(MemoryContent.Of(file));

    /// <summary>The paths of a tree, in the order of its walk.</summary>
    public static IEnumerable<string> Paths(FileTree tree) => tree.Walk().Select(entry => entry.Path.ToString());
}
