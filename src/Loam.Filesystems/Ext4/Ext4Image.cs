namespace Loam.Filesystems;

/// <summary>Whole ext4 disks from folders of this host, and back. Neither root nor a mount is needed.</summary>
public static class Ext4Image
{
    /// <summary>Makes a disk of a folder. The disk gets its name once it is whole and on stable storage; equal folders and options
    /// give equal bytes.</summary>
    /// <param name="folder">The folder: its files are the disk's, its own owner, mode and time the root directory's.</param>
    /// <param name="path">The new disk; it must not exist.</param>
    /// <param name="options">What to make; null for a disk that fits its content.</param>
    /// <param name="folderOptions">What of the folder is read, and as whose; null for all of it, as it is.</param>
    /// <param name="progress">Receives the number of bytes of contents done so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; nothing is left behind.</param>
    /// <returns>Size, free space and inodes of the disk.</returns>
    /// <exception cref="FilesystemException">What is in the folder does not fit the size or the format.</exception>
    /// <exception cref="ArgumentException">An option has a value that no disk can have.</exception>
    /// <exception cref="IOException">Something already has that name; the folder cannot be read, or the disk not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    /// <example>
    /// <code>
    /// var summary = Ext4Image.FromFolder(
    ///     "rootfs", "root.ext4", new Ext4Options { VolumeLabel = "root" }, new FolderReadOptions { OwnedByRoot = true, Excludes = ["*.o", "/tmp/*"] });
    /// Console.WriteLine($"{summary.SizeBytes} bytes, {summary.Inodes} files");
    /// </code>
    /// </example>
    public static Ext4Summary FromFolder(
        string folder,
        string path,
        Ext4Options? options = null,
        FolderReadOptions? folderOptions = null,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var reader = FolderReader.Open(folder, folderOptions);
        if (Path.Exists(path))
        {
            throw new IOException($"{path} already exists");
        }

        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            Ext4Summary summary;
            using (var disk = DiskFile.Create(temporary))
            {
                var writer = new Ext4Writer(disk, options);
                var tree = reader.ReadTree(cancellationToken);
                writer.WriteContents(tree, reader.OpenContent, progress, cancellationToken);
                summary = writer.Finish(tree, cancellationToken);
                disk.Sync();
            }

            File.Move(temporary, path, overwrite: false);
            return summary;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes all files of a disk to a new folder. A hostile disk cannot make it write elsewhere.</summary>
    /// <param name="path">The disk, which stays as it is; if it was not cleanly unmounted, its journal counts.</param>
    /// <param name="folder">The new folder; it must not exist.</param>
    /// <param name="options">What is kept of the files; null for all.</param>
    /// <param name="readOptions">Limits of reading; null for the usual ones.</param>
    /// <param name="cancellationToken">Cancels the call; nothing is left behind.</param>
    /// <returns>What was written, and what could not be. Without root that is what only root may do.</returns>
    /// <exception cref="FilesystemException">The disk is not ext4, damaged, or beyond a limit.</exception>
    /// <exception cref="IOException">Something already has that name; the disk cannot be read, or a file not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    /// <example>
    /// <code>
    /// var written = Ext4Image.ExtractToFolder("root.ext4", "rootfs", new FolderWriteOptions { KeepOwners = false });
    /// Console.WriteLine($"{written.Files} files, {written.LeftOut} left out");
    /// </code>
    /// </example>
    public static FolderWriteSummary ExtractToFolder(
        string path,
        string folder,
        FolderWriteOptions? options = null,
        Ext4ReadOptions? readOptions = null,
        CancellationToken cancellationToken = default)
    {
        using var reader = Ext4Reader.Open(path, readOptions, cancellationToken);
        return FolderWriter.Write(reader.ReadTree(cancellationToken), folder, reader.OpenContent, options, cancellationToken);
    }
}
