namespace Loam.Filesystems.Tree;

/// <summary>The one walk of a path through a tree. Symbolic links are followed as inside a chroot (path_resolution(7)): the
/// root is its own parent, and no path leads out.</summary>
internal static class PathWalk
{
    /// <summary>The most symbolic links that one path may lead through (kernel, <c>MAXSYMLINKS</c>).</summary>
    public const int MaximumSymlinks = 40;

    /// <summary>What a name in a directory leads to, for the walk to go on with.</summary>
    /// <param name="here">The directory.</param>
    /// <param name="name">The name.</param>
    /// <param name="found">What it has under that name: no symbolic link; null for nothing.</param>
    /// <returns>Null to end the walk.</returns>
    public delegate FileNode? Step(DirectoryNode here, byte[] name, FileNode? found);

    /// <summary>Walks a path.</summary>
    /// <param name="root">Where it begins.</param>
    /// <param name="path">Names between slashes; one in front, empty names and "." mean nothing.</param>
    /// <param name="followLast">Whether a symbolic link that is the last name is followed too.</param>
    /// <param name="step">Asked at every name but those of followed links and ".."; null to go on with what is found.</param>
    /// <returns>What the path leads to and the name it was found under (empty for the root and for ".."); null where the walk
    /// ended before.</returns>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.TooManySymlinks"/>,
    /// <see cref="FilesystemError.TooDeep"/>.</exception>
    public static (FileNode Node, byte[] Name)? Walk(DirectoryNode root, ReadOnlySpan<byte> path, bool followLast, Step? step = null)
    {
        var trail = new List<DirectoryNode> { root };
        (FileNode Node, byte[] Name) at = (root, []);
        var pending = new Stack<byte[]>();
        Push(pending, path);
        for (var symlinks = 0; pending.TryPop(out var name);)
        {
            if (at.Node is not DirectoryNode)
            {
                return null;
            }

            if (name.AsSpan().SequenceEqual(".."u8))
            {
                trail.RemoveRange(trail.Count - 1, trail.Count > 1 ? 1 : 0);
                at = (trail[^1], []);
                continue;
            }

            var here = trail[^1];
            var found = here.Find(name);
            if (found is SymlinkNode link && (followLast || pending.Count > 0))
            {
                if (++symlinks > MaximumSymlinks)
                {
                    throw new FilesystemException(
                        FilesystemError.TooManySymlinks, $"{TreePath.Display(path)} goes through more than {MaximumSymlinks} symbolic links");
                }

                if (link.Target.Span[0] == (byte)'/')
                {
                    trail.RemoveRange(1, trail.Count - 1);
                }

                at = (trail[^1], []);
                Push(pending, link.Target.Span);
                continue;
            }

            if ((step is null ? found : step(here, name, found)) is not { } next)
            {
                return null;
            }

            at = (next, name);
            if (next is DirectoryNode directory)
            {
                trail.Add(directory);
                if (trail.Count > FileTree.MaximumDepth)
                {
                    throw new FilesystemException(FilesystemError.TooDeep, $"{TreePath.Display(path)} is more than {FileTree.MaximumDepth} directories deep");
                }
            }
        }

        return at;
    }

    /// <summary>Puts the names of a path on a stack, the first on top.</summary>
    private static void Push(Stack<byte[]> pending, ReadOnlySpan<byte> path)
    {
        for (var end = path.Length; end > 0;)
        {
            var slash = path[..end].LastIndexOf((byte)'/');
            var part = path[(slash + 1)..end];
            if (!part.IsEmpty && !part.SequenceEqual("."u8))
            {
                pending.Push(part.ToArray());
            }

            end = Math.Max(slash, 0);
        }
    }
}
