namespace Loam.Filesystems.Ext4.Layout;

/// <summary>Runs of bits in a bitmap of blocks or inodes (bitmaps.rst): the lowest bit of a byte comes first.</summary>
internal static class Bitmap
{
    public static void Set(Span<byte> bitmap, int from, int to)
    {
        for (; from < to && (from & 7) != 0; from++)
        {
            bitmap[from >> 3] |= (byte)(1 << (from & 7));
        }

        if (to - from >= 8)
        {
            bitmap[(from >> 3)..(to >> 3)].Fill(0xFF);
            from = to & ~7;
        }

        for (; from < to; from++)
        {
            bitmap[from >> 3] |= (byte)(1 << (from & 7));
        }
    }

    public static void Clear(Span<byte> bitmap, int from, int to)
    {
        for (; from < to; from++)
        {
            bitmap[from >> 3] &= (byte)~(1 << (from & 7));
        }
    }
}
