using System.Buffers.Binary;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>Access control lists: what programs see as an attribute (version 2, acl(5)) is kept on the disk in a shorter
/// form (version 1; kernel, <c>fs/ext4/acl.h</c>).</summary>
internal static class PosixAcl
{
    private const uint SeenVersion = 2;
    private const uint KeptVersion = 1;
    private const int SeenEntryBytes = 8;
    private const int ShortEntryBytes = 4;

    private const ushort User = 0x02;
    private const ushort Group = 0x08;

    /// <exception cref="FilesystemException">It is not a list.</exception>
    public static byte[] ToDisk(ReadOnlySpan<byte> seen)
    {
        if (seen.Length < 4 || (seen.Length - 4) % SeenEntryBytes != 0 || BinaryPrimitives.ReadUInt32LittleEndian(seen) != SeenVersion)
        {
            throw Malformed();
        }

        var kept = new MemoryStream();
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(number, KeptVersion);
        kept.Write(number);
        for (var rest = seen[4..]; !rest.IsEmpty; rest = rest[SeenEntryBytes..])
        {
            var tag = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            var named = tag is User or Group;
            if (!named && tag is not (0x01 or 0x04 or 0x10 or 0x20))
            {
                throw Malformed();
            }

            kept.Write(rest[..(named ? SeenEntryBytes : ShortEntryBytes)]);
        }

        return kept.ToArray();
    }

    /// <exception cref="FilesystemException">It is not a list.</exception>
    public static byte[] FromDisk(ReadOnlySpan<byte> kept)
    {
        if (kept.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(kept) != KeptVersion)
        {
            throw Malformed();
        }

        var seen = new MemoryStream();
        Span<byte> entry = stackalloc byte[SeenEntryBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, SeenVersion);
        seen.Write(entry[..4]);
        for (var rest = kept[4..]; !rest.IsEmpty;)
        {
            var named = rest.Length >= ShortEntryBytes && BinaryPrimitives.ReadUInt16LittleEndian(rest) is User or Group;
            var length = named ? SeenEntryBytes : ShortEntryBytes;
            if (rest.Length < length)
            {
                throw Malformed();
            }

            // Who is not named has no number.
            entry.Fill(0xFF);
            rest[..length].CopyTo(entry);
            seen.Write(entry);
            rest = rest[length..];
        }

        return seen.ToArray();
    }

    private static FilesystemException Malformed() =>
        new(FilesystemError.InvalidXAttr, "a POSIX access control list is malformed");
}
