using System.Globalization;
using System.Text;
using Loam.Filesystems;

namespace Loam.Cli.Output;

/// <summary>The paths of a disk, as they are shown.</summary>
internal static class DiskListing
{
    private const long MostSeconds = 253_402_300_799; // 9999-12-31

    /// <summary>The entries of a folder, or the path itself if it is not a folder.</summary>
    public static IReadOnlyList<DiskEntryJson> Of(RootDisk disk, TreePath path, bool recursive)
    {
        var node = disk.Get(path, followLast: false);
        if ((node is SymlinkNode ? FolderBehind(disk, path) : node) is not DirectoryNode directory)
        {
            return [Describe(path, node)];
        }

        var entries = new List<DiskEntryJson>();
        Add(entries, path, directory, recursive);
        return entries;
    }

    /// <returns>Null where the link leads to anything else, or nowhere.</returns>
    private static DirectoryNode? FolderBehind(RootDisk disk, TreePath link)
    {
        try
        {
            return disk.Get(link, followLast: true) as DirectoryNode;
        }
        catch (LoamException e) when (e.Code == ErrorCodes.DiskPathNotFound || e.Code == ErrorCodes.DiskPathInvalid)
        {
            return null;
        }
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

    private static string TimeOf(Timestamp time)
    {
        var seconds = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(time.Seconds, -MostSeconds / 5, MostSeconds));
        var fraction = time.Nanoseconds == 0 ? "" : "." + time.Nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        return $"{seconds.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)}{fraction}Z";
    }

    /// <summary>A name as text: as it is where it is UTF-8 without control characters, else with <c>\xNN</c> for each other byte.</summary>
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
