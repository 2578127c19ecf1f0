using System.Buffers.Binary;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>Access control lists: what programs see as an attribute (version 2, acl(5)) is kept on the disk in a shorter
/// form (version 1; kernel, <c>fs/ext4/acl.h</c>).</summary>
internal static class PosixAcl
{
    private const uint SeenVersion = 2; // POSIX_ACL_XATTR_VERSION
    private const uint KeptVersion = 1; // EXT4_ACL_VERSION
    private const int VersionBytes = 4; // a_version
    private const int SeenEntryBytes = 8; // sizeof(struct posix_acl_xattr_entry), sizeof(ext4_acl_entry)
    private const int ShortEntryBytes = 4; // sizeof(ext4_acl_entry_short)

    private const ushort Owner = 0x01; // ACL_USER_OBJ
    private const ushort User = 0x02; // ACL_USER
    private const ushort OwningGroup = 0x04; // ACL_GROUP_OBJ
    private const ushort Group = 0x08; // ACL_GROUP
    private const ushort Mask = 0x10; // ACL_MASK
    private const ushort Others = 0x20; // ACL_OTHER

    /// <exception cref="FilesystemException">It is not a list.</exception>
    public static byte[] ToDisk(ReadOnlySpan<byte> seen)
    {
        if (seen.Length < VersionBytes || (seen.Length - VersionBytes) % SeenEntryBytes != 0 || BinaryPrimitives.ReadUInt32LittleEndian(seen) != SeenVersion)
        {
            throw Malformed();
        }

        var kept = new MemoryStream();
        Span<byte> number = stackalloc byte[VersionBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(number, KeptVersion);
        kept.Write(number);
        for (var rest = seen[VersionBytes..]; !rest.IsEmpty; rest = rest[SeenEntryBytes..])
        {
            var tag = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            var named = tag is User or Group;
            if (!named && tag is not (Owner or OwningGroup or Mask or Others))
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
        if (kept.Length < VersionBytes || BinaryPrimitives.ReadUInt32LittleEndian(kept) != KeptVersion)
        {
            throw Malformed();
        }

        var seen = new MemoryStream();
        Span<byte> entry = stackalloc byte[SeenEntryBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, SeenVersion);
        seen.Write(entry[..VersionBytes]);
        for (var rest = kept[VersionBytes..]; !rest.IsEmpty;)
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
