using System.Globalization;
using System.Text;
using Loam.Filesystems;

namespace Loam.Cli.Output;

/// <summary>Paths of a disk as they are shown.</summary>
internal static class DiskListing
{
    private const long MostSeconds = 253_402_300_799; // 9999-12-31

    /// <summary>What a folder holds, or the one path if it is none.</summary>
    public static IReadOnlyList<DiskEntryJson> Of(RootDisk disk, TreePath path, bool recursive)
    {
        var node = disk.Get(path, followLast: false);
        node = node is SymlinkNode && disk.Get(path, followLast: true) is DirectoryNode target ? target : node;
        if (node is not DirectoryNode directory)
        {
            return [Describe(path, node)];
        }

        var entries = new List<DiskEntryJson>();
        Add(entries, path, directory, recursive);
        return entries;
    }

    private static void Add(List<DiskEntryJson> entries, TreePath path, DirectoryNode directory, bool recursive)
    {
        var pending = new Stack<(TreePath Path, FileNode Node)>(directory.Sorted().Reverse().Select(entry => (path.Append(entry.Key), entry.Value)));
        while (pending.TryPop(out var next))
        {
            entries.Add(Describe(next.Path, next.Node));
            if (recursive && next.Node is DirectoryNode below)
            {
                foreach (var (name, node) in below.Sorted().Reverse())
                {
                    pending.Push((next.Path.Append(name), node));
                }
            }
        }
    }

    private static DiskEntryJson Describe(TreePath path, FileNode node) => new(
        Show(path.Bytes),
        TypeOf(node),
        Convert.ToString(node.Metadata.Permissions, 8).PadLeft(4, '0'),
        node.Metadata.Uid,
        node.Metadata.Gid,
        node switch { RegularFileNode file => file.Content.Size, SymlinkNode link => link.Target.Length, _ => 0 },
        node.LinkCount,
        TimeOf(node.Metadata.Modified),
        node is SymlinkNode symlink ? Show(symlink.Target.Span) : null,
        node is SpecialNode { Kind: SpecialKind.BlockDevice or SpecialKind.CharacterDevice } device ? $"{device.Major}:{device.Minor}" : null,
        node.Metadata.XAttrs.IsEmpty
            ? null
            : node.Metadata.XAttrs.Items.ToDictionary(item => item.Name, item => Convert.ToHexStringLower(item.Value.Span), StringComparer.Ordinal));

    private static string TypeOf(FileNode node) => node switch
    {
        DirectoryNode => "directory",
        RegularFileNode => "file",
        SymlinkNode => "symlink",
        SpecialNode { Kind: SpecialKind.CharacterDevice } => "char",
        SpecialNode { Kind: SpecialKind.BlockDevice } => "block",
        SpecialNode { Kind: SpecialKind.Fifo } => "fifo",
        _ => "socket",
    };

    private static string TimeOf(Timestamp time) =>
        DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(time.Seconds, -MostSeconds / 5, MostSeconds)).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)
        + (time.Nanoseconds == 0 ? "Z" : "." + time.Nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0') + "Z");

    /// <summary>A name as text: UTF-8 where it is that and nothing in it would steer a terminal, else byte by byte.</summary>
    private static string Show(ReadOnlySpan<byte> name)
    {
        if (System.Text.Unicode.Utf8.IsValid(name) && Encoding.UTF8.GetString(name) is var text && !text.Any(c => char.IsControl(c) || c == '\\'))
        {
            return text;
        }

        var shown = new StringBuilder();
        foreach (var b in name)
        {
            _ = b is >= 0x20 and < 0x7F and not (byte)'\\' ? shown.Append((char)b) : shown.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }

        return shown.ToString();
    }
}
