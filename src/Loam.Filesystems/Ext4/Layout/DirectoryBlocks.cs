using System.Buffers.Binary;
using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>The blocks of a directory (dynamic.rst, "Linear (Classic) Directories"): entries, and a checksum in place of
/// the last one.</summary>
internal sealed class DirectoryBlocks(uint inodeSeed)
{
    public const int TailBytes = 12;
    public const int Room = Format.BlockSize - TailBytes;

    public const int HeaderBytes = 8;
    public const byte TailType = 0xDE;

    private readonly byte[] _block = new byte[Format.BlockSize];
    private int _at;
    private int _last;

    /// <summary>Bytes that an entry takes.</summary>
    public static int EntryBytes(int nameLength) => (HeaderBytes + nameLength + 3) & ~3;

    /// <summary>The number that a directory entry has for a kind of file.</summary>
    public static byte TypeOf(FileNode node) => node switch
    {
        RegularFileNode => 1,
        DirectoryNode => 2,
        SpecialNode { Kind: SpecialKind.CharacterDevice } => 3,
        SpecialNode { Kind: SpecialKind.BlockDevice } => 4,
        SpecialNode { Kind: SpecialKind.Fifo } => 5,
        SpecialNode => 6,
        _ => 7,
    };

    /// <summary>Whether a further entry fits.</summary>
    public bool Fits(int nameLength) => _at + EntryBytes(nameLength) <= Room;

    /// <summary>Adds an entry.</summary>
    public void Add(ReadOnlySpan<byte> name, uint inode, byte type)
    {
        var length = EntryBytes(name.Length);
        WriteEntry(_block.AsSpan(_at), name, inode, type, length);
        _last = _at;
        _at += length;
    }

    /// <summary>Ends the block; the bytes are valid until the next <see cref="Add"/>.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        // The last entry reaches to the end; a block without entries has one that leads nowhere.
        BinaryPrimitives.WriteUInt16LittleEndian(_block.AsSpan(_last + 4), (ushort)(Room - _last));
        _block.AsSpan(_at, Room - _at).Clear();
        if (_at == 0)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_block.AsSpan(4), Room);
        }

        var tail = _block.AsSpan(Room);
        tail.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(tail[4..], TailBytes);
        tail[7] = TailType;
        BinaryPrimitives.WriteUInt32LittleEndian(tail[8..], Crc32C.Add(inodeSeed, _block.AsSpan(0, Room)));
        (_at, _last) = (0, 0);
        return _block;
    }

    public static void WriteEntry(Span<byte> entry, ReadOnlySpan<byte> name, uint inode, byte type, int length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(entry, inode);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[4..], (ushort)length);
        entry[6] = (byte)name.Length;
        entry[7] = type;
        name.CopyTo(entry[HeaderBytes..]);
        entry[(HeaderBytes + name.Length)..Math.Min(entry.Length, EntryBytes(name.Length))].Clear();
    }
}
