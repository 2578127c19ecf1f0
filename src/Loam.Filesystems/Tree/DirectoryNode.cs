using System.Diagnostics.CodeAnalysis;

namespace Loam.Filesystems;

/// <summary>A directory: names, each of a node. Names are bytes; where text is taken, it is UTF-8.</summary>
/// <param name="metadata">Owner, mode, time and extended attributes.</param>
public sealed class DirectoryNode(Metadata metadata) : FileNode(metadata)
{
    private readonly Dictionary<byte[], FileNode> _entries = new(NameComparer.Instance);

    /// <summary>How many names it has.</summary>
    public int Count => _entries.Count;

    /// <summary>The names and their nodes, in no particular order.</summary>
    public IReadOnlyDictionary<byte[], FileNode> Entries => _entries;

    /// <summary>The names in byte order; what a deterministic writer walks.</summary>
    /// <returns>Names and their nodes.</returns>
    public IEnumerable<KeyValuePair<byte[], FileNode>> Sorted()
    {
        var names = new byte[_entries.Count][];
        _entries.Keys.CopyTo(names, 0);
        Array.Sort(names, NameComparer.Instance);
        foreach (var name in names)
        {
            yield return new KeyValuePair<byte[], FileNode>(name, _entries[name]);
        }
    }

    /// <summary>Finds the node under a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Null where there is none.</returns>
    public FileNode? Find(ReadOnlySpan<byte> name) => TryFind(name, out _, out var node) ? node : null;

    /// <summary>Finds the node under a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Null where there is none.</returns>
    public FileNode? Find(string name) => Find(TreePath.Encode(name));

    /// <summary>Looks a name up.</summary>
    /// <param name="name">The name.</param>
    /// <param name="kept">The array in which this directory keeps it, the same one for as long as the name stays.</param>
    /// <param name="node">What it leads to.</param>
    internal bool TryFind(ReadOnlySpan<byte> name, [NotNullWhen(true)] out byte[]? kept, [NotNullWhen(true)] out FileNode? node) =>
        _entries.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out kept, out node);

    /// <summary>Gives a node a name; a node that had it loses it.</summary>
    /// <param name="name">The name, 1 to 255 bytes without a slash or NUL, neither "." nor "..".</param>
    /// <param name="node">The node; a file that already has a name gets a further one, a hard link.</param>
    /// <returns>The node that lost the name, or null.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="node"/> is null.</exception>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.InvalidName"/>, <see cref="FilesystemError.NameTooLong"/>,
    /// <see cref="FilesystemError.TooManyLinks"/>.</exception>
    public FileNode? Set(ReadOnlySpan<byte> name, FileNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        CheckName(name);
        if (node.LinkCount >= FileTree.MaximumLinks && node is not DirectoryNode)
        {
            throw new FilesystemException(FilesystemError.TooManyLinks, $"more than {FileTree.MaximumLinks} names for one file");
        }

        var lookup = _entries.GetAlternateLookup<ReadOnlySpan<byte>>();
        lookup.TryGetValue(name, out var before);
        if (ReferenceEquals(before, node))
        {
            return null;
        }

        lookup[name] = node;
        node.LinkCount++;
        if (before is not null)
        {
            before.LinkCount--;
        }

        return before;
    }

    /// <summary>Gives a node a name; a node that had it loses it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="node">The node; a file that already has a name gets a further one, a hard link.</param>
    /// <returns>The node that lost the name, or null.</returns>
    /// <exception cref="FilesystemException">As <see cref="Set(ReadOnlySpan{byte}, FileNode)"/>.</exception>
    public FileNode? Set(string name, FileNode node) => Set(TreePath.Encode(name), node);

    /// <summary>Removes a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="node">The node that had the name; null where there was none.</param>
    /// <returns>Whether there was one.</returns>
    public bool Remove(ReadOnlySpan<byte> name, [NotNullWhen(true)] out FileNode? node)
    {
        if (!_entries.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(name, out _, out node))
        {
            return false;
        }

        node.LinkCount--;
        return true;
    }

    /// <summary>Removes a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="node">The node that had the name; null where there was none.</param>
    /// <returns>Whether there was one.</returns>
    public bool Remove(string name, [NotNullWhen(true)] out FileNode? node) => Remove(TreePath.Encode(name), out node);

    /// <summary>Fails unless bytes are one name of a directory.</summary>
    internal static void CheckName(ReadOnlySpan<byte> name)
    {
        if (name.Length > TreePath.MaximumNameLength)
        {
            throw new FilesystemException(FilesystemError.NameTooLong, $"name of {name.Length} bytes; the maximum is {TreePath.MaximumNameLength}");
        }

        if (name.IsEmpty || name.ContainsAny((byte)0, (byte)'/') || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            throw new FilesystemException(FilesystemError.InvalidName, $"\"{TreePath.Display(name)}\" is not a file name");
        }
    }
}
