using System.Text;
using Loam.Filesystems.Folders;
using Loam.Filesystems.Host;

namespace Loam.Filesystems;

/// <summary>
/// Writes a tree, or a part of one, as files of this host. Everything is made in a new folder under a temporary name, which
/// gets its own name once it is whole. A hostile tree cannot make it write elsewhere: names are one part of a path, and no
/// symbolic link is followed.
/// </summary>
/// <example>
/// <code>
/// using var reader = Ext4Reader.Open("root.ext4");
/// var etc = reader.ReadTree().Get("/etc");
/// FolderWriter.Write(etc, "etc-of-the-disk", reader.OpenContent, new FolderWriteOptions { KeepOwners = false });
/// </code>
/// </example>
public static class FolderWriter
{
    /// <summary>Writes a tree.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="folder">The new folder; it must not exist, and the folder above it must exist.</param>
    /// <param name="openContent">Opens the content of a file, as <see cref="Ext4Reader.OpenContent"/>,
    /// <see cref="FolderReader.OpenContent"/> and <see cref="DiskFile.OpenContent"/> do. Holes of a <see cref="SparseStream"/> are kept.</param>
    /// <param name="options">What is kept of it; null for all.</param>
    /// <param name="cancellationToken">Cancels the call; nothing is left behind.</param>
    /// <returns>What was written, and what could not be. Without root that is what only root may do.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="tree"/> is null.</exception>
    /// <exception cref="IOException">Something already has that name, or a file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    /// <exception cref="FilesystemException">A content cannot be read.</exception>
    public static FolderWriteSummary Write(
        FileTree tree,
        string folder,
        Func<RegularFileNode, Stream> openContent,
        FolderWriteOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return Write(tree.Root, folder, openContent, options, cancellationToken);
    }

    /// <summary>Writes a file of any kind, a folder with all that is below it.</summary>
    /// <param name="node">The file.</param>
    /// <param name="path">Its new path; nothing may exist under it, and the folder above it must exist.</param>
    /// <param name="openContent">Opens the content of a file. Holes of a <see cref="SparseStream"/> are kept.</param>
    /// <param name="options">What is kept of it; null for all.</param>
    /// <param name="cancellationToken">Cancels the call; nothing is left behind.</param>
    /// <returns>What was written, and what could not be.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="node"/> or <paramref name="openContent"/> is null.</exception>
    /// <exception cref="IOException">Something already has that name, or a file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    /// <exception cref="FilesystemException">A content cannot be read.</exception>
    public static FolderWriteSummary Write(
        FileNode node,
        string path,
        Func<RegularFileNode, Stream> openContent,
        FolderWriteOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(openContent);
        using var parent = OpenParent(path, out var name);
        parent.RefuseExisting(name);
        var temporary = Encoding.ASCII.GetBytes($".{Guid.NewGuid():N}.tmp");
        try
        {
            var writer = new TreeWriter(parent, openContent, options ?? new FolderWriteOptions());
            if (writer.Write(temporary, node, cancellationToken))
            {
                parent.Rename(temporary, name);
            }

            return writer.Summary;
        }
        catch
        {
            parent.Remove(temporary);
            throw;
        }
    }

    /// <summary>Removes a file, or a folder with all that is in it, whatever bytes its names have; links are removed, not
    /// followed.</summary>
    /// <param name="path">Its path; nothing happens where there is nothing.</param>
    /// <exception cref="IOException">Something cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">Something may not be removed.</exception>
    public static void Remove(string path)
    {
        using var parent = OpenParent(path, out var name);
        parent.Remove(name);
    }

    private static HostFolder OpenParent(string path, out byte[] name)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var whole = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        name = Encoding.UTF8.GetBytes(Path.GetFileName(whole));
        return name.Length > 0 ? HostFolder.Open(Path.GetDirectoryName(whole)!) : throw new IOException($"{path} already exists", ErrorNumber.Exists);
    }
}
