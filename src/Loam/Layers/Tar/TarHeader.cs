namespace Loam.Layers;

/// <summary>The fixed fields of a tar header block (POSIX ustar; GNU tar, <c>tar.h</c>).</summary>
internal static class TarHeader
{
    public const int NameLength = 100;
    public const int LinkOffset = 157;
    public const int PrefixOffset = 345;
    public const int PrefixLength = 155;
    public const int ChecksumOffset = 148;
    public const int ChecksumLength = 8;
    public const int GnuRealSizeOffset = 483;

    public static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> header) => Text(header[..NameLength]);

    public static long Mode(ReadOnlySpan<byte> header) => TarNumbers.ReadField(header.Slice(100, 8), "mode");

    public static long Uid(ReadOnlySpan<byte> header) => TarNumbers.ReadField(header.Slice(108, 8), "uid");

    public static long Gid(ReadOnlySpan<byte> header) => TarNumbers.ReadField(header.Slice(116, 8), "gid");

    public static long Size(ReadOnlySpan<byte> header) => TarNumbers.ReadField(header.Slice(124, 12), "size");

    public static long Modified(ReadOnlySpan<byte> header) => TarNumbers.ReadField(header.Slice(136, 12), "mtime");

    public static byte Type(ReadOnlySpan<byte> header) => header[156];

    public static ReadOnlySpan<byte> Link(ReadOnlySpan<byte> header) => Text(header.Slice(LinkOffset, NameLength));

    public static long DeviceMajor(ReadOnlySpan<byte> header) => TarNumbers.ReadField(header.Slice(329, 8), "device major");

    public static long DeviceMinor(ReadOnlySpan<byte> header) => TarNumbers.ReadField(header.Slice(337, 8), "device minor");

    /// <summary>The leading part of a long name; only POSIX headers have it, GNU's use the place for other things.</summary>
    public static ReadOnlySpan<byte> Prefix(ReadOnlySpan<byte> header) =>
        header.Slice(257, 6).SequenceEqual("ustar\0"u8) ? Text(header.Slice(PrefixOffset, PrefixLength)) : [];

    /// <summary>Checks the sum of all bytes, the field itself taken as blanks; old programs summed signed bytes.</summary>
    public static void Verify(ReadOnlySpan<byte> header)
    {
        var stated = TarNumbers.ReadField(header.Slice(ChecksumOffset, ChecksumLength), "checksum");
        var (unsigned, signed) = (0L, 0L);
        for (var i = 0; i < header.Length; i++)
        {
            var value = i is >= ChecksumOffset and < ChecksumOffset + ChecksumLength ? (byte)' ' : header[i];
            unsigned += value;
            signed += (sbyte)value;
        }

        if (stated != unsigned && stated != signed)
        {
            throw TarException.Damaged("a header's checksum is wrong");
        }
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }
}
