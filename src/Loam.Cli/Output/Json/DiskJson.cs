using Loam.Filesystems;

namespace Loam.Cli.Output;

/// <summary>What <c>rootfs inspect</c> prints.</summary>
internal sealed record DiskFactsJson(
    string Path,
    string Filesystem,
    string Uuid,
    long SizeBytes,
    int BlockSize,
    bool JournalReplayed,
    long Entries,
    long Directories,
    long Files,
    long Symlinks,
    long Specials,
    long ContentBytes,
    long AllocatedBytes,
    IReadOnlyList<string> Warnings)
{
    public static DiskFactsJson Of(string path, RootDisk disk)
    {
        var (entries, directories, files, symlinks, specials, content, allocated) = (0L, 0L, 0L, 0L, 0L, 0L, 0L);
        var met = new HashSet<FileNode>(ReferenceEqualityComparer.Instance);
        foreach (var (_, node) in disk.Tree.Walk())
        {
            entries++;
            directories += node is DirectoryNode ? 1 : 0;
            files += node is RegularFileNode ? 1 : 0;
            symlinks += node is SymlinkNode ? 1 : 0;
            specials += node is SpecialNode ? 1 : 0;
            if (node is RegularFileNode file && (file.LinkCount < 2 || met.Add(file)))
            {
                content += file.Content.Size;
                allocated += BlockContent.Of(file.Content).Blocks * disk.Reader.BlockSize;
            }
        }

        return new DiskFactsJson(
            path, "ext4", disk.Reader.Uuid.ToString(), disk.Reader.SizeBytes, disk.Reader.BlockSize, disk.Reader.JournalReplayed,
            entries, directories, files, symlinks, specials, content, allocated, disk.Reader.Warnings);
    }
}

/// <summary>One path of a disk.</summary>
internal sealed record DiskEntryJson(
    string Path,
    string Type,
    string Mode,
    uint Uid,
    uint Gid,
    long SizeBytes,
    int Links,
    string ModifiedAt,
    string? Target,
    string? Device,
    IReadOnlyDictionary<string, string>? Xattrs);

internal sealed record DiskListJson(IReadOnlyList<DiskEntryJson> Entries);
