using System.Security.Cryptography;
using Loam.Filesystems;

// Makes an ext4 disk of a folder, then lists it and reads every file back. Neither root nor a mount is needed:
//
//     FolderToDisk rootfs root.ext4
if (args is not [var folder, var disk])
{
    Console.Error.WriteLine("usage: FolderToDisk FOLDER DISK");
    return 2;
}

try
{
    // All files become root's, as in most images, and what is in /tmp is left out. The same folder gives the same bytes again.
    var made = Ext4Image.FromFolder(
        folder, disk, new Ext4Options { VolumeLabel = "root" }, new FolderReadOptions { OwnedByRoot = true, Excludes = ["/tmp/*"] });
    Console.WriteLine($"{disk}: {made.SizeBytes} bytes, {made.FreeBytes} of them free");

    // Any ext4 disk can be read like this, also one that a virtual machine has used.
    using var reader = Ext4Reader.Open(disk);
    foreach (var (path, node) in reader.ReadTree().Walk())
    {
        var metadata = node.Metadata;
        Console.WriteLine($"{Convert.ToString(metadata.Permissions, 8),4} {metadata.Uid}:{metadata.Gid} {path} {Describe(reader, node)}");
    }

    return 0;
}
catch (Exception e) when (e is FilesystemException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static string Describe(Ext4Reader reader, FileNode node)
{
    switch (node)
    {
        case RegularFileNode file:
            using (var content = reader.OpenContent(file))
            {
                return $"{content.Length} bytes, sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";
            }

        case SymlinkNode link:
            return $"-> {TreePath.Display(link.Target.Span)}";
        case SpecialNode special:
            return $"{special.Kind} {special.Major}:{special.Minor}";
        default:
            return "folder";
    }
}
