using Loam.Filesystems.Tree;

namespace Loam.Filesystems;

/// <summary>
/// The merge rules of layered trees (OCI image-spec, <c>layer.md</c>, "Applying Changesets"): each layer's
/// entries go over the ones below; whiteouts and opaque marks hide only what lower layers brought, whatever
/// their order among the entries of their own. Paths follow symbolic links as they would inside a chroot:
/// never outside the tree.
/// </summary>
/// <example>
/// <code>
/// var overlay = new TreeOverlay(new FileTree(), released: file => Console.WriteLine($"{file.Content.Size} bytes are free again"));
/// overlay.BeginLayer();
/// overlay.Put(TreePath.Parse("etc/motd"), new RegularFileNode(Metadata.File, FileContent.Empty));
/// overlay.BeginLayer();
/// overlay.Whiteout(TreePath.Parse("etc/motd"));
/// overlay.Put(TreePath.Parse("etc/issue"), new RegularFileNode(Metadata.File, FileContent.Empty));
/// </code>
/// </example>
/// <param name="tree">The tree to change.</param>
/// <param name="released">Called once for every regular file whose last name was removed.</param>
public sealed class TreeOverlay(FileTree tree, Action<RegularFileNode> released)
{
    private readonly LayerMarks _marks = new();

    /// <summary>The tree as merged so far.</summary>
    public FileTree Tree => tree;

    /// <summary>Starts the next layer up.</summary>
    public void BeginLayer() => _marks.Begin(isLowest: tree.Root.Count == 0);

    /// <summary>Puts a directory: a new one, or new metadata for one that exists.</summary>
    /// <param name="path">Its path; links above its last name are followed, missing directories made.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <exception cref="FilesystemException">The path goes through something that is not a directory, through too many links, or
    /// too deep.</exception>
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

    /// <summary>Puts anything but a directory; what had the name is replaced.</summary>
    /// <param name="path">Its path; links above its last name are followed, missing directories made.</param>
    /// <param name="node">The file.</param>
    /// <exception cref="ArgumentNullException"><paramref name="node"/> is null.</exception>
    /// <exception cref="FilesystemException">The path is the root's, goes through something that is not a directory, through too
    /// many links, or too deep.</exception>
    public void Put(TreePath path, FileNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        if (path.IsRoot)
        {
            throw new FilesystemException(FilesystemError.NotADirectory, "the root can only be a directory");
        }

        Bind(ResolveParent(path), path.Name, node);
    }

    /// <summary>States a further name for a file of this layer or of one below.</summary>
    /// <param name="path">The further name.</param>
    /// <param name="target">A name that the file has.</param>
    /// <exception cref="FilesystemException">The target does not exist or is a directory; what <see cref="Put"/> throws.</exception>
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

    /// <summary>Hides what lower layers have under a name. What this layer stated there or below stays.</summary>
    /// <param name="path">The name; nothing happens where there is none.</param>
    /// <exception cref="FilesystemException">The path goes through too many links, or too deep.</exception>
    public void Whiteout(TreePath path)
    {
        if (!path.IsRoot && FindDirectory(path.Parent) is { } parent && parent.TryFind(path.Name, out var name, out var node))
        {
            HideLower(parent, name, node);
        }
    }

    /// <summary>Hides everything that lower layers have in a directory.</summary>
    /// <param name="path">The directory, which is made where it is missing.</param>
    /// <exception cref="FilesystemException">The path goes through something that is not a directory, through too many links, or
    /// too deep.</exception>
    public void MakeOpaque(TreePath path)
    {
        // An opaque mark implies its directory, as any other entry implies its parents.
        HideLower(ResolveDirectory(path));
    }

    private void HideLower(DirectoryNode directory)
    {
        foreach (var (name, node) in directory.Entries.ToArray())
        {
            HideLower(directory, name, node);
        }
    }

    private void HideLower(DirectoryNode parent, byte[] name, FileNode node)
    {
        if (_marks.IsLower(name))
        {
            Unbind(parent, name);
        }
        else if (node is DirectoryNode directory)
        {
            HideLower(directory);
            if (_marks.IsPassed(name))
            {
                directory.Metadata = Metadata.ImpliedDirectory;
            }
        }
    }

    private void Bind(DirectoryNode parent, ReadOnlySpan<byte> name, FileNode node)
    {
        if (parent.Set(name, node) is { } replaced)
        {
            Release(replaced);
        }

        parent.TryFind(name, out var kept, out _);
        _marks.State(kept!);
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
                foreach (var (name, below) in directory.Entries.ToArray())
                {
                    directory.Remove(name, out _);
                    pending.Push(below);
                }
            }
            else if (next is RegularFileNode { LinkCount: 0 } file)
            {
                released(file);
            }
        }
    }

    private DirectoryNode ResolveParent(TreePath path) => ResolveDirectory(path.Parent);

    /// <summary>Walks to a directory, making what is missing.</summary>
    private DirectoryNode ResolveDirectory(TreePath path) => (DirectoryNode)PathWalk.Walk(tree.Root, path.Bytes, followLast: true, (here, name, found) =>
    {
        if (found is not (DirectoryNode or null))
        {
            throw new FilesystemException(FilesystemError.NotADirectory, $"{path} goes through \"{TreePath.Display(name)}\", which is not a directory");
        }

        if (found is null)
        {
            found = new DirectoryNode(Metadata.ImpliedDirectory);
            here.Set(name, found);
        }

        here.TryFind(name, out var kept, out _);
        _marks.Pass(kept!);
        return found;
    })!.Value.Node;

    private DirectoryNode? FindDirectory(TreePath path) => PathWalk.Walk(tree.Root, path.Bytes, followLast: true)?.Node as DirectoryNode;

    private FileNode? ResolveExisting(TreePath path) =>
        path.IsRoot ? tree.Root : FindDirectory(path.Parent)?.Find(path.Name);
}
