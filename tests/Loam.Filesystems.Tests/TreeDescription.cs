using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Loam.Filesystems.Tests;

/// <summary>A tree that was read from a disk as lines like those of <see cref="TreeListing"/>.</summary>
internal static class TreeDescription
{
    /// <summary>Describes what a disk holds.</summary>
    public static SortedDictionary<string, string> Of(string disk, Ext4ReadOptions? options = null)
    {
        using var reader = Ext4Reader.Open(disk, options ?? new Ext4ReadOptions { KeepLostFound = true }, TestContext.Current.CancellationToken);
        return Of(reader.ReadTree(TestContext.Current.CancellationToken), reader.OpenContent);
    }

    public static SortedDictionary<string, string> Of(FileTree tree, Func<RegularFileNode, Stream> open)
    {
        var entries = new SortedDictionary<string, string>(StringComparer.Ordinal) { [""] = Describe(tree.Root, open) };
        var names = new Dictionary<FileNode, List<string>>(ReferenceEqualityComparer.Instance);
        foreach (var (path, node) in tree.Walk())
        {
            var name = Encoding.Latin1.GetString(path.Bytes);
            entries[name] = Describe(node, open);
            if (node.LinkCount > 1)
            {
                (names.TryGetValue(node, out var group) ? group : names[node] = []).Add(name);
            }
        }

        foreach (var group in names.Values)
        {
            group.Sort(StringComparer.Ordinal);
            group.ForEach(name => entries[name] = entries[name].Replace(" links=", $" links={string.Join('|', group)}", StringComparison.Ordinal));
        }

        return entries;
    }

    private static string Describe(FileNode node, Func<RegularFileNode, Stream> open)
    {
        var metadata = node.Metadata;
        var (type, size, target) = node switch
        {
            DirectoryNode => ("d", "-", ""),
            RegularFileNode file => ("f", $"{file.Content.Size}", ""),
            SymlinkNode link => ("l", $"{link.Target.Length}", Encoding.Latin1.GetString(link.Target.Span)),
            SpecialNode { Kind: SpecialKind.CharacterDevice } => ("c", "0", ""),
            SpecialNode { Kind: SpecialKind.BlockDevice } => ("b", "0", ""),
            SpecialNode { Kind: SpecialKind.Fifo } => ("p", "0", ""),
            _ => ("s", "0", ""),
        };
        var mode = Convert.ToString(metadata.Permissions, 8);
        var text = new StringBuilder(
            $"type={type} mode={mode} owner={metadata.Uid}:{metadata.Gid} size={size} mtime={Time(metadata.Modified)} target={target}");
        if (node is not DirectoryNode && node.LinkCount > 1)
        {
            text.Append(" links=");
        }

        if (node is RegularFileNode regular)
        {
            using var content = open(regular);
            text.Append(" sha256=").Append(Convert.ToHexStringLower(SHA256.HashData(content)));
        }

        if (node is SpecialNode { Kind: SpecialKind.BlockDevice or SpecialKind.CharacterDevice } device)
        {
            text.Append(CultureInfo.InvariantCulture, $" device={device.Major:x}:{device.Minor:x}");
        }

        if (!metadata.XAttrs.IsEmpty)
        {
            var lines = metadata.XAttrs.Items.Select(item => $"{Escape(item.Name)}=0x{Convert.ToHexStringLower(item.Value.Span)}");
            text.Append(" xattrs=").AppendJoin(',', lines.Order(StringComparer.Ordinal));
        }

        return text.ToString();
    }

    private static string Time(Timestamp time)
    {
        // find counts the fraction of times before 1970 from the second before, as the disk does.
        return string.Create(CultureInfo.InvariantCulture, $"{time.Seconds}.{time.Nanoseconds:d9}0").TrimEnd('0');
    }

    private static string Escape(string name) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(name));
}
