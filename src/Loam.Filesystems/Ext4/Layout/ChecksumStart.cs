using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>What ext4's checksums start from (checksums.rst).</summary>
internal static class ChecksumStart
{
    /// <summary>What all checksums of a file system start from.</summary>
    public static uint Of(Guid uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        return Crc32C.Add(Crc32C.Start, bytes);
    }

    /// <summary>What the checksums of one inode's metadata start from; the writer's generations are always 0.</summary>
    public static uint Of(uint fileSystemSeed, uint inode, uint generation = 0) => Crc32C.Add(Crc32C.Add(fileSystemSeed, inode), generation);
}
