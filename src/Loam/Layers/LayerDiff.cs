using Loam.Filesystems;

namespace Loam.Layers;

/// <summary>
/// Writes the layer that turns one tree into another (OCI image-spec, <c>layer.md</c>, "Creating a Changeset"). A file of
/// which anything changed is written whole, with all its names; the directories above are stated too, since tools that
/// unpack a layer by itself would make them up.
/// </summary>
/// <param name="before">The lower layers' tree.</param>
/// <param name="after">What it is to become.</param>
/// <param name="sameContent">Whether two files of equal length, one of each tree, hold the same bytes.</param>
internal sealed class LayerDiff(FileTree before, FileTree after, Func<RegularFileNode, RegularFileNode, bool> sameContent)
{
    private readonly Dictionary<FileNode, FileNode> _origins = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<FileNode, FileNode> _heirs = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<FileNode> _changed = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<(TreePath Path, DirectoryNode Node)> _above = new();
    private int _aboveWritten;

    /// <summary>Writes what differs.</summary>
    public void Write(LayerWriter layer, CancellationToken cancellationToken)
    {
        Judge(after.Root, before.Root);
        foreach (var (path, node) in after.Walk())
        {
            cancellationToken.ThrowIfCancellationRequested();
            Judge(node, before.Find(path));
        }

        Visit(layer, TreePath.Root, after.Root);
        foreach (var (path, node) in after.Walk())
        {
            cancellationToken.ThrowIfCancellationRequested();
            Visit(layer, path, node);
        }
    }

    /// <summary>Notes whether a node is not simply what one of the lower tree was, under this name.</summary>
    private void Judge(FileNode node, FileNode? old)
    {
        if (old is null || _changed.Contains(node))
        {
            _changed.Add(node);
            return;
        }

        if (_origins.TryGetValue(node, out var origin) || _heirs.TryGetValue(old, out _))
        {
            // Two names of one file must have been two names of one file, and the other way round.
            if (!ReferenceEquals(origin, old) || !ReferenceEquals(_heirs.GetValueOrDefault(old), node))
            {
                _changed.Add(node);
            }

            return;
        }

        if (!IsSame(old, node))
        {
            _changed.Add(node);
            return;
        }

        _origins.Add(node, old);
        _heirs.Add(old, node);
    }

    private bool IsSame(FileNode old, FileNode now) => (old, now) switch
    {
        (SymlinkNode left, SymlinkNode right) =>
            left.Target.Span.SequenceEqual(right.Target.Span)
            && IsSame(left.Metadata with { Permissions = 0 }, right.Metadata with { Permissions = 0 }),
        _ when !IsSame(old.Metadata, now.Metadata) => false,
        (DirectoryNode, DirectoryNode) => true,
        (SpecialNode left, SpecialNode right) => (left.Kind, left.Major, left.Minor) == (right.Kind, right.Major, right.Minor),
        (RegularFileNode left, RegularFileNode right) => left.Content.Size == right.Content.Size && sameContent(left, right),
        _ => false,
    };

    private static bool IsSame(Metadata left, Metadata right) =>
        (left.Permissions, left.Uid, left.Gid, left.Modified) == (right.Permissions, right.Uid, right.Gid, right.Modified)
        && left.XAttrs.Items.Count == right.XAttrs.Items.Count
        && left.XAttrs.Items.Zip(right.XAttrs.Items).All(
            pair => pair.First.Name == pair.Second.Name && pair.First.Value.Span.SequenceEqual(pair.Second.Value.Span));

    private void Visit(LayerWriter layer, TreePath path, FileNode node)
    {
        while (_above.TryPeek(out var above) && !IsBelow(path, above.Path))
        {
            _above.Pop();
            _aboveWritten = Math.Min(_aboveWritten, _above.Count);
        }

        if (node is DirectoryNode directory)
        {
            _above.Push((path, directory));
            if (_changed.Contains(node) && !LayerWriter.Omits(path, node))
            {
                WriteAbove(layer);
            }

            if (before.Find(path) is DirectoryNode old)
            {
                Hide(layer, path, directory, old);
            }
        }
        else if (_changed.Contains(node))
        {
            if (!LayerWriter.Omits(path, node))
            {
                WriteAbove(layer);
            }

            layer.Write(path, node);
        }
    }

    private void Hide(LayerWriter layer, TreePath path, DirectoryNode now, DirectoryNode old)
    {
        var gone = old.Sorted().Where(entry => now.Find(entry.Key) is null).Select(entry => entry.Key).ToList();
        if (gone.Count == 0)
        {
            return;
        }

        WriteAbove(layer);
        if (gone.Count > 1 && gone.Count == old.Count)
        {
            layer.WriteOpaque(path);
            return;
        }

        gone.ForEach(name => layer.WriteWhiteout(path.Append(name)));
    }

    /// <summary>States the directories that lead to the present one and that one itself, as far as they are not yet.</summary>
    private void WriteAbove(LayerWriter layer)
    {
        foreach (var (path, node) in _above.Reverse().Skip(_aboveWritten))
        {
            layer.Write(path, node);
        }

        _aboveWritten = _above.Count;
    }

    private static bool IsBelow(TreePath path, TreePath above) =>
        above.IsRoot || (path.Bytes.Length > above.Bytes.Length && path.Bytes[above.Bytes.Length] == (byte)'/' && path.Bytes.StartsWith(above.Bytes));
}
