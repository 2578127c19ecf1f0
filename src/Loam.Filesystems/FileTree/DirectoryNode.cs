using System.Diagnostics.CodeAnalysis;

namespace Loam.Filesystems;

/// <summary>A name in a directory.</summary>
/// <param name="Node">What it leads to.</param>
/// <param name="Generation">The latest layer (1 for the lowest) that set this name or anything below it.</param>
/// <param name="Stated">Whether that layer stated this very name, or only something below it.</param>
public readonly record struct DirectoryEntry(FileNode Node, int Generation, bool Stated);

/// <summary>A directory: names, each leading to a node.</summary>
public sealed class DirectoryNode(Metadata metadata) : FileNode(metadata)
{
    private readonly Dictionary<byte[], DirectoryEntry> _entries = new(NameComparer.Instance);

    /// <summary>How many names it holds.</summary>
    public int Count => _entries.Count;

    /// <summary>The names and what they lead to, in no particular order.</summary>
    public IReadOnlyDictionary<byte[], DirectoryEntry> Entries => _entries;

    /// <summary>The names in byte order; what a deterministic writer walks.</summary>
    public IEnumerable<KeyValuePair<byte[], FileNode>> Sorted()
    {
        var names = new byte[_entries.Count][];
        _entries.Keys.CopyTo(names, 0);
        Array.Sort(names, NameComparer.Instance);
        foreach (var name in names)
        {
            yield return new KeyValuePair<byte[], FileNode>(name, _entries[name].Node);
        }
    }

    /// <summary>Looks a name up.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, out DirectoryEntry entry) =>
        _entries.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out entry);

    /// <summary>The node under a name, or null.</summary>
    public FileNode? Find(ReadOnlySpan<byte> name) => TryFind(name, out var entry) ? entry.Node : null;

    /// <summary>Binds a name; a node already there loses it.</summary>
    /// <returns>The node that lost the name, or null.</returns>
    public FileNode? Set(ReadOnlySpan<byte> name, DirectoryEntry entry)
    {
        CheckName(name);
        if (entry.Node.LinkCount >= FileTree.MaximumLinks && entry.Node is not DirectoryNode)
        {
            throw new FilesystemException(FilesystemError.TooManyLinks, $"more than {FileTree.MaximumLinks} names for one file");
        }

        var lookup = _entries.GetAlternateLookup<ReadOnlySpan<byte>>();
        var had = lookup.TryGetValue(name, out var before);
        lookup[name] = entry;
        if (had && ReferenceEquals(before.Node, entry.Node))
        {
            return null;
        }

        entry.Node.LinkCount++;
        if (had)
        {
            before.Node.LinkCount--;
        }

        return had ? before.Node : null;
    }

    /// <summary>Unbinds a name.</summary>
    public bool Remove(ReadOnlySpan<byte> name, [NotNullWhen(true)] out FileNode? node)
    {
        node = null;
        if (_entries.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(name, out _, out var entry))
        {
            entry.Node.LinkCount--;
            node = entry.Node;
        }

        return node is not null;
    }

    private static void CheckName(ReadOnlySpan<byte> name)
    {
        if (name.Length > TreePath.MaximumNameLength)
        {
            throw new FilesystemException(FilesystemError.NameTooLong, $"name of {name.Length} bytes; {TreePath.MaximumNameLength} is the most");
        }

        if (name.IsEmpty || name.ContainsAny((byte)0, (byte)'/') || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            throw new FilesystemException(FilesystemError.InvalidName, $"\"{TreePath.Display(name)}\" is not a file name");
        }
    }
}
