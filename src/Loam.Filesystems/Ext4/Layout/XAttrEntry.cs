using System.Buffers.Binary;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>One extended attribute as the disk has it (attributes.rst; kernel, <c>fs/ext4/xattr.h</c>,
/// <c>struct ext4_xattr_entry</c>).</summary>
/// <param name="Index">The namespace's number.</param>
/// <param name="Name">The name behind the namespace.</param>
/// <param name="Value">The value.</param>
internal readonly record struct XAttrEntry(byte Index, byte[] Name, ReadOnlyMemory<byte> Value)
{
    public const int HeaderBytes = 0x10; // sizeof(struct ext4_xattr_entry)

    /// <summary>Zero bytes that end the entries.</summary>
    public const int EndBytes = 4; // IS_LAST_ENTRY

    /// <summary>The most bytes a name has.</summary>
    public const int MaximumNameLength = 255; // e_name_len is a byte

    private const int NameLengthField = 0x0; // e_name_len
    private const int IndexField = 0x1; // e_name_index
    private const int ValueOffsetField = 0x2; // e_value_offs
    private const int ValueInodeField = 0x4; // e_value_inum
    private const int ValueLengthField = 0x8; // e_value_size
    private const int HashField = 0xC; // e_hash

    private const int Padding = 4; // EXT4_XATTR_PAD
    private const int NameHashShift = 5; // NAME_HASH_SHIFT
    private const int ValueHashShift = 16; // VALUE_HASH_SHIFT

    /// <summary>Bytes of the entry and of its value, each rounded up.</summary>
    public int TotalBytes => EntryBytes + ValueBytes;

    public int EntryBytes => BytesFor(Name.Length);

    public int ValueBytes => (int)Pad(Value.Length);

    /// <summary>The hash that readers check (<c>ext4_xattr_hash_entry</c>).</summary>
    public uint Hash
    {
        get
        {
            var hash = 0u;
            foreach (var b in Name)
            {
                hash = (hash << NameHashShift) ^ (hash >> (32 - NameHashShift)) ^ b;
            }

            Span<byte> padded = stackalloc byte[Padding];
            for (var at = 0; at < Value.Length; at += Padding)
            {
                padded.Clear();
                Value.Span[at..Math.Min(Value.Length, at + Padding)].CopyTo(padded);
                hash = Mix(hash, BinaryPrimitives.ReadUInt32LittleEndian(padded));
            }

            return hash;
        }
    }

    /// <summary>The hash of all entries of a block (<c>ext4_xattr_rehash</c>).</summary>
    public static uint HashOf(IReadOnlyList<XAttrEntry> entries)
    {
        var hash = 0u;
        foreach (var entry in entries)
        {
            if (entry.Hash == 0)
            {
                // A block with an entry without hash is not to be shared by the kernel.
                return 0;
            }

            hash = Mix(hash, entry.Hash);
        }

        return hash;
    }

    /// <summary>Bytes of an entry, without its value.</summary>
    public static int BytesFor(int nameLength) => (int)Pad(HeaderBytes + nameLength); // EXT4_XATTR_LEN

    /// <summary>Bytes of the entry that begins here, without its value.</summary>
    public static int BytesAt(ReadOnlySpan<byte> entry) => BytesFor(entry[NameLengthField]);

    /// <summary>Bytes of a value, rounded up.</summary>
    public static long Pad(long bytes) => (bytes + Padding - 1) / Padding * Padding; // EXT4_XATTR_SIZE

    /// <summary>Writes entries from <paramref name="at"/> on and values from the end backwards.</summary>
    /// <param name="area">Zeros; an entry's value is placed relative to <paramref name="origin"/>.</param>
    /// <param name="at">Where the first entry stands.</param>
    /// <param name="origin">What value offsets are counted from.</param>
    /// <param name="entries">The attributes.</param>
    public static void Write(Span<byte> area, int at, int origin, IEnumerable<XAttrEntry> entries)
    {
        var end = area.Length;
        foreach (var entry in entries)
        {
            end -= entry.ValueBytes;
            area[at + NameLengthField] = (byte)entry.Name.Length;
            area[at + IndexField] = entry.Index;
            area.PutLe16(at + ValueOffsetField, entry.Value.IsEmpty ? 0 : end - origin);
            area.PutLe32(at + ValueLengthField, entry.Value.Length);
            area.PutLe32(at + HashField, entry.Hash);
            entry.Name.CopyTo(area[(at + HeaderBytes)..]);
            entry.Value.Span.CopyTo(area[end..]);
            at += entry.EntryBytes;
        }
    }

    /// <summary>The fields of an entry that lies within an area.</summary>
    public static (int NameLength, byte Index, int ValueOffset, uint ValueInode, uint ValueLength) Read(ReadOnlySpan<byte> entry) =>
        (entry[NameLengthField], entry[IndexField], entry.Le16(ValueOffsetField), entry.Le32(ValueInodeField), entry.Le32(ValueLengthField));

    /// <summary>Whether the entries end here.</summary>
    public static bool IsEnd(ReadOnlySpan<byte> entry) => entry.Length >= EndBytes && entry.Le32(0) == 0;

    private static uint Mix(uint hash, uint word) => (hash << ValueHashShift) ^ (hash >> (32 - ValueHashShift)) ^ word;
}
