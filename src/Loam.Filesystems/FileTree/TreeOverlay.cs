namespace Loam.Filesystems;

/// <summary>
/// The merge rules of layered trees (OCI image-spec, <c>layer.md</c>, "Applying Changesets"): each generation's
/// entries go over the ones below; whiteouts and opaque marks hide only what lower generations brought, whatever
/// their order among the entries of their own. Paths lead through symbolic links as they would inside a chroot:
/// never outside the tree.
/// </summary>
/// <param name="tree">The tree to change.</param>
/// <param name="released">Called once for every regular file whose last name is gone.</param>
public sealed class TreeOverlay(FileTree tree, Action<RegularFileNode> released)
{
    private const int MaximumSymlinks = 40;
    private int _generation;

    /// <summary>The tree as merged so far.</summary>
    public FileTree Tree => tree;

    /// <summary>Starts the next layer up.</summary>
    public void BeginGeneration() => _generation++;

    /// <summary>States a directory: a new one, or new metadata for one that is there.</summary>
    public void PutDirectory(TreePath path, Metadata metadata)
    {
        if (path.IsRoot)
        {
            tree.Root.Metadata = metadata;
            return;
        }

        var parent = ResolveParent(path);
        var directory = parent.Find(path.Name) as DirectoryNode ?? new DirectoryNode(metadata);
        directory.Metadata = metadata;
        Bind(parent, path.Name, directory);
    }

    /// <summary>States anything but a directory; what stood under the name is replaced.</summary>
    public void Put(TreePath path, FileNode node)
    {
        if (path.IsRoot)
        {
            throw new FilesystemException(FilesystemError.NotADirectory, "the root can only be a directory");
        }

        Bind(ResolveParent(path), path.Name, node);
    }

    /// <summary>States a further name for a file of this generation or of one below.</summary>
    public void Link(TreePath path, TreePath target)
    {
        var node = ResolveExisting(target)
            ?? throw new FilesystemException(FilesystemError.NotFound, $"hard link {path} to {target}, which does not exist");
        if (node is DirectoryNode)
        {
            throw new FilesystemException(FilesystemError.IsADirectory, $"hard link {path} to {target}, which is a directory");
        }

        Put(path, node);
    }

    /// <summary>Hides what lower generations have under a name. What this generation stated there or below stays.</summary>
    public void Whiteout(TreePath path)
    {
        if (path.IsRoot || FindDirectory(path.Parent) is not { } parent || !parent.TryFind(path.Name, out var entry))
        {
            return;
        }

        if (entry.Generation < _generation)
        {
            Unbind(parent, path.Name);
        }
        else if (entry.Node is DirectoryNode directory)
        {
            HideLower(directory);
            if (!entry.Stated)
            {
                directory.Metadata = Metadata.ImpliedDirectory;
            }
        }
    }

    /// <summary>Hides everything that lower generations have in a directory.</summary>
    public void MakeOpaque(TreePath path)
    {
        // An opaque mark implies its directory, as any other entry implies its parents.
        HideLower(ResolveDirectory(path));
    }

    private void HideLower(DirectoryNode directory)
    {
        foreach (var (name, entry) in directory.Entries.ToArray())
        {
            if (entry.Generation < _generation)
            {
                Unbind(directory, name);
            }
            else if (entry.Node is DirectoryNode child)
            {
                HideLower(child);
                if (!entry.Stated)
                {
                    child.Metadata = Metadata.ImpliedDirectory;
                }
            }
        }
    }

    private void Bind(DirectoryNode parent, ReadOnlySpan<byte> name, FileNode node)
    {
        if (parent.Set(name, new DirectoryEntry(node, _generation, Stated: true)) is { } replaced)
        {
            Release(replaced);
        }
    }

    private void Unbind(DirectoryNode parent, ReadOnlySpan<byte> name)
    {
        if (parent.Remove(name, out var node))
        {
            Release(node);
        }
    }

    private void Release(FileNode node)
    {
        var pending = new Stack<FileNode>();
        pending.Push(node);
        while (pending.TryPop(out var next))
        {
            if (next is DirectoryNode directory)
            {
                foreach (var (name, entry) in directory.Entries.ToArray())
                {
                    directory.Remove(name, out _);
                    pending.Push(entry.Node);
                }
            }
            else if (next is RegularFileNode { LinkCount: 0 } file)
            {
                released(file);
            }
        }
    }

    private DirectoryNode ResolveParent(TreePath path) => ResolveDirectory(path.Parent);

    private DirectoryNode ResolveDirectory(TreePath path) => Resolve(path, create: true)!;

    private DirectoryNode? FindDirectory(TreePath path) => Resolve(path, create: false);

    private FileNode? ResolveExisting(TreePath path) =>
        path.IsRoot ? tree.Root : FindDirectory(path.Parent)?.Find(path.Name);

    /// <summary>Walks to a directory, following symbolic links inside the tree.</summary>
    /// <returns>The directory; null where it is missing and <paramref name="create"/> is false.</returns>
    private DirectoryNode? Resolve(TreePath path, bool create)
    {
        var trail = new List<DirectoryNode> { tree.Root };
        var pending = new Stack<byte[]>();
        var symlinks = 0;
        PushParts(pending, path.Bytes);
        while (pending.TryPop(out var name))
        {
            if (name.AsSpan().SequenceEqual(".."u8))
            {
                // As in a chroot, the root is its own parent.
                trail.RemoveRange(trail.Count - 1, trail.Count > 1 ? 1 : 0);
                continue;
            }

            var here = trail[^1];
            var found = here.TryFind(name, out var entry);
            if (found && entry.Node is SymlinkNode link)
            {
                if (++symlinks > MaximumSymlinks)
                {
                    throw new FilesystemException(FilesystemError.TooManySymlinks, $"{path} leads through more than {MaximumSymlinks} symbolic links");
                }

                if (link.Target.Span[0] == (byte)'/')
                {
                    trail.RemoveRange(1, trail.Count - 1);
                }

                PushParts(pending, link.Target.Span);
                continue;
            }

            if (found && entry.Node is DirectoryNode child)
            {
                if (create && entry.Generation != _generation)
                {
                    here.Set(name, new DirectoryEntry(child, _generation, Stated: false));
                }
            }
            else if (found)
            {
                return create
                    ? throw new FilesystemException(FilesystemError.NotADirectory, $"{path} leads through \"{TreePath.Display(name)}\", which is not a directory")
                    : null;
            }
            else if (!create)
            {
                return null;
            }
            else
            {
                child = new DirectoryNode(Metadata.ImpliedDirectory);
                here.Set(name, new DirectoryEntry(child, _generation, Stated: false));
            }

            trail.Add(child);
            if (trail.Count > FileTree.MaximumDepth)
            {
                throw new FilesystemException(FilesystemError.TooDeep, $"{path} is more than {FileTree.MaximumDepth} directories deep");
            }
        }

        return trail[^1];
    }

    private static void PushParts(Stack<byte[]> pending, ReadOnlySpan<byte> path)
    {
        var end = path.Length;
        while (end > 0)
        {
            var slash = path[..end].LastIndexOf((byte)'/');
            var part = path[(slash + 1)..end];
            if (!part.IsEmpty && !part.SequenceEqual("."u8))
            {
                pending.Push(part.ToArray());
            }

            end = slash < 0 ? 0 : slash;
        }
    }
}
