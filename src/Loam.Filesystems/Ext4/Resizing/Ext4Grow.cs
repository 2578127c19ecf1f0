using Loam.Filesystems.Blocks;
using Loam.Filesystems.Ext4.Layout;
using Loam.Filesystems.Ext4.Reading;
using Loam.Filesystems.Ext4.Resizing;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems;

/// <summary>
/// Grows the ext4 file system of a disk that is not mounted: the last group becomes whole, further groups follow, and
/// their descriptors take the room that was kept for them. Everything new is written first, then the copies, and last the
/// superblock that makes it count.
/// </summary>
/// <example>
/// <code>
/// var size = Ext4Grow.Grow("root.ext4", 10L &lt;&lt; 30);
/// </code>
/// </example>
public static class Ext4Grow
{
    /// <summary>Grows a disk's file system to a size, and the file with it if that is shorter.</summary>
    /// <param name="path">The disk.</param>
    /// <param name="sizeBytes">The size in bytes; a rest that is less than a block, or too small for a group, is not used.</param>
    /// <param name="cancellationToken">Cancels the call, until the superblock is written; the file system is then unchanged.</param>
    /// <returns>The file system's new size in bytes.</returns>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.DiskTooSmall"/> if it is already larger;
    /// <see cref="FilesystemError.DiskTooLarge"/> if no room was kept for so many groups;
    /// <see cref="FilesystemError.NotClean"/>; what <see cref="Ext4Reader.Open(string, Ext4ReadOptions?, CancellationToken)"/> throws.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static long Grow(string path, long sizeBytes, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        return Grow(DiskStorage.Of(handle, leaveOpen: true), sizeBytes, cancellationToken);
    }

    /// <summary>Grows the file system of an open disk, and the file with it if that is shorter.</summary>
    /// <param name="disk">A regular file, open for reading and writing; left open.</param>
    /// <param name="sizeBytes">The size in bytes; a rest that is less than a block, or too small for a group, is not used.</param>
    /// <param name="cancellationToken">Cancels the call, until the superblock is written; the file system is then unchanged.</param>
    /// <returns>The file system's new size in bytes.</returns>
    /// <exception cref="FilesystemException">As <see cref="Grow(string, long, CancellationToken)"/>.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static long Grow(SafeFileHandle disk, long sizeBytes, CancellationToken cancellationToken = default) =>
        Grow(DiskStorage.Of(disk, leaveOpen: true), sizeBytes, cancellationToken);

    /// <summary>Grows the file system of a disk in a stream, and the stream with it if that is shorter.</summary>
    /// <param name="disk">A stream that can be read, written and sought; left open.</param>
    /// <param name="sizeBytes">The size in bytes; a rest that is less than a block, or too small for a group, is not used.</param>
    /// <param name="cancellationToken">Cancels the call, until the superblock is written; the file system is then unchanged.</param>
    /// <returns>The file system's new size in bytes.</returns>
    /// <exception cref="FilesystemException">As <see cref="Grow(string, long, CancellationToken)"/>.</exception>
    /// <exception cref="ArgumentException">The stream cannot do what is needed.</exception>
    /// <exception cref="IOException">The stream cannot be read or written.</exception>
    public static long Grow(Stream disk, long sizeBytes, CancellationToken cancellationToken = default)
    {
        var storage = DiskStorage.Of(disk, leaveOpen: true);
        return disk.CanWrite ? Grow(storage, sizeBytes, cancellationToken) : throw new ArgumentException("the stream cannot be written", nameof(disk));
    }

    private static long Grow(DiskStorage storage, long sizeBytes, CancellationToken cancellationToken)
    {
        var disk = new DiskImage(storage);
        var super = ReadSuperblock(disk);
        if (sizeBytes / super.BlockSize < super.Blocks)
        {
            throw new FilesystemException(
                FilesystemError.DiskTooSmall, $"the file system already has {super.Blocks * super.BlockSize} bytes; it cannot shrink to {sizeBytes}")
            {
                NeededBytes = super.Blocks * super.BlockSize,
            };
        }

        var plan = GrowthPlan.For(super, sizeBytes);
        if (plan is not null)
        {
            ClearRoom(storage, super.Blocks * super.BlockSize, Math.Min(disk.Length, sizeBytes));
        }

        if (disk.Length < sizeBytes)
        {
            storage.SetLength(sizeBytes);
        }

        if (plan is null)
        {
            return super.Blocks * super.BlockSize;
        }

        Write(plan, new DiskImage(storage), storage, cancellationToken);
        return plan.Blocks * super.BlockSize;
    }

    private static SuperblockView ReadSuperblock(DiskImage disk)
    {
        if (disk.Length < SuperblockLayout.DiskOffset + SuperblockLayout.Size)
        {
            throw new FilesystemException(FilesystemError.NotExt4, $"this is not an ext4 file system: it has {disk.Length} bytes");
        }

        var raw = new byte[SuperblockLayout.Size];
        disk.Read(SuperblockLayout.DiskOffset, raw);
        var super = SuperblockView.Parse(raw, disk.Length);
        if (super.NeedsRecovery || (super.State & (SuperblockLayout.CleanState | SuperblockLayout.ErrorState)) != SuperblockLayout.CleanState)
        {
            throw new FilesystemException(FilesystemError.NotClean, "the file system was not cleanly unmounted; it can grow only after a clean unmount");
        }

        Features.DemandGrowable(super.Compatible, super.Incompatible, super.ReadOnly);
        return super;
    }

    /// <summary>Whatever a longer file held behind the file system must not become part of it.</summary>
    private static void ClearRoom(DiskStorage storage, long from, long to)
    {
        if (from < to)
        {
            storage.Punch(from, to - from);
        }
    }

    private static void Write(GrowthPlan plan, DiskImage disk, DiskStorage storage, CancellationToken cancellationToken)
    {
        var super = plan.Super;
        void WriteBlock(long block, byte[] bytes) => storage.Write(block * super.BlockSize, bytes);

        var (descriptors, freeBlocks) = new GroupGrowth(plan, disk, WriteBlock).Run(cancellationToken);
        if (super.HasCompatible(Features.ResizeInode))
        {
            WriteResizeInode(plan, disk, storage, GroupDescriptor.Address(descriptors.AsSpan(0, super.DescriptorSize), GroupDescriptor.InodeTable));
        }

        var raw = Renumber(plan, freeBlocks);
        foreach (var group in plan.GroupsWithCopies())
        {
            cancellationToken.ThrowIfCancellationRequested();
            Seal(raw, super, group);
            storage.Write(super.GroupStart(group) * super.BlockSize, raw);
            WriteBlock(super.GroupStart(group) + 1, descriptors);
        }

        storage.Sync();
        Seal(raw, super, group: 0);
        WriteBlock(super.FirstBlock + 1, descriptors);
        storage.Write(SuperblockLayout.DiskOffset, raw);
        storage.Sync();
    }

    /// <summary>The superblock with the new numbers.</summary>
    private static byte[] Renumber(GrowthPlan plan, long addedFree)
    {
        var super = plan.Super;
        var raw = super.Raw.ToArray();
        Span<byte> bytes = raw;
        var wide = super.HasIncompatible(Features.SixtyFourBit);
        var reserved = ReadSplit(raw, SuperblockLayout.ReservedLow, SuperblockLayout.ReservedHigh, wide);
        var free = ReadSplit(raw, SuperblockLayout.FreeBlocksLow, SuperblockLayout.FreeBlocksHigh, wide) + addedFree;
        var inodes = (plan.Groups - super.Groups) * super.InodesPerGroup;
        PutSplit(bytes, SuperblockLayout.BlocksLow, SuperblockLayout.BlocksHigh, plan.Blocks, wide);
        PutSplit(bytes, SuperblockLayout.FreeBlocksLow, SuperblockLayout.FreeBlocksHigh, free, wide);

        // What root keeps for itself stays the same share.
        PutSplit(bytes, SuperblockLayout.ReservedLow, SuperblockLayout.ReservedHigh, (long)((Int128)reserved * plan.Blocks / super.Blocks), wide);
        bytes.PutLe32(SuperblockLayout.Inodes, super.Inodes + inodes);
        bytes.PutLe32(SuperblockLayout.FreeInodes, ((ReadOnlySpan<byte>)raw).Le32(SuperblockLayout.FreeInodes) + inodes);
        if (super.HasCompatible(Features.ResizeInode))
        {
            bytes.PutLe16(SuperblockLayout.ReservedDescriptors, plan.ReservedDescriptorBlocks);
        }

        // The kernel counts again what it does not find here.
        bytes.PutLe32(SuperblockLayout.Overhead, 0);
        return raw;
    }

    private static void WriteResizeInode(GrowthPlan plan, DiskImage disk, DiskStorage storage, long inodeTable)
    {
        var super = plan.Super;
        var at = inodeTable * super.BlockSize + (Format.ResizeInode - 1) * super.InodeSize;
        var raw = new byte[super.InodeSize];
        disk.Read(at, raw);
        var inode = new StoredInode(Format.ResizeInode, raw, super);
        inode.Check(at / super.BlockSize);
        var table = ResizeInode.TableOf(inode.Root);
        if (table <= super.FirstBlock || table >= super.Blocks)
        {
            throw FilesystemException.Damage("the inode that reserves room for growth points outside the file system", Format.ResizeInode, table);
        }

        var kept = new KeptDescriptors
        {
            BlockSize = super.BlockSize,
            FirstBlock = super.FirstBlock,
            Used = plan.DescriptorBlocks,
            Reserved = plan.ReservedDescriptorBlocks,
            Copies = [.. plan.GroupsWithCopies().Select(group => group * super.BlocksPerGroup)],
        };
        var blocks = ResizeInode.Write(kept, table, (block, bytes) => storage.Write(block * super.BlockSize, bytes));
        raw.AsSpan().PutLe32(InodeLayout.SectorsLow, blocks * (super.BlockSize / InodeLayout.SectorBytes));
        inode.Seal();
        storage.Write(at, raw);
    }

    private static void Seal(byte[] raw, SuperblockView super, long group)
    {
        if (super.HasChecksums)
        {
            SuperblockLayout.Seal(raw, group);
        }
        else
        {
            raw.AsSpan().PutLe16(SuperblockLayout.Group, group);
        }
    }

    private static long ReadSplit(ReadOnlySpan<byte> bytes, int low, int high, bool wide) =>
        bytes.Le32(low) | (wide ? (long)bytes.Le32(high) << 32 : 0);

    private static void PutSplit(Span<byte> bytes, int low, int high, long value, bool wide)
    {
        bytes.PutLe32(low, value);
        if (wide)
        {
            bytes.PutLe32(high, value >> 32);
        }
    }
}
