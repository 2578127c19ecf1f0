namespace Loam.Filesystems.Ext4.Layout;

/// <summary>A time of an inode (inodes.rst, "Inode Timestamps"): 32 bits of seconds, signed, and in a further field two bits
/// more of them and 30 bits of nanoseconds.</summary>
internal static class InodeTime
{
    private const int EpochBits = 2; // EXT4_EPOCH_BITS
    private const uint EpochMask = (1 << EpochBits) - 1; // EXT4_EPOCH_MASK

    /// <summary>2446-05-10, the last second that 34 bits reach.</summary>
    private const long MaximumSeconds = 0x3_7FFF_FFFF;

    /// <summary>Writes a time; one beyond the ends is moved to them.</summary>
    /// <param name="inode">The inode.</param>
    /// <param name="field">The field of its seconds.</param>
    /// <param name="extra">The field of the rest.</param>
    /// <param name="time">The time.</param>
    public static void Put(Span<byte> inode, int field, int extra, Timestamp time)
    {
        var seconds = Math.Clamp(time.Seconds, int.MinValue, MaximumSeconds);
        inode.PutLe32(field, seconds);
        inode.PutLe32(extra, (time.Nanoseconds << EpochBits) | (((seconds - (int)seconds) >> 32) & EpochMask));
    }

    /// <summary>Reads a time.</summary>
    /// <param name="inode">The inode.</param>
    /// <param name="field">The field of its seconds.</param>
    /// <param name="extra">The field of the rest, which small inodes do not have.</param>
    /// <returns>The seconds, and the nanoseconds as they stand there: damage can be more than a second of them.</returns>
    public static (long Seconds, uint Nanoseconds) Get(ReadOnlySpan<byte> inode, int field, int extra)
    {
        long seconds = (int)inode.Le32(field);
        if (!InodeLayout.Has(inode, extra, sizeof(uint)))
        {
            return (seconds, 0);
        }

        var rest = inode.Le32(extra);
        return (seconds + ((long)(rest & EpochMask) << 32), rest >> EpochBits);
    }
}
