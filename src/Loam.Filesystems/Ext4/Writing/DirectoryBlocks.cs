using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>Fills the blocks of a directory, one after another (dynamic.rst, "Linear (Classic) Directories"): entries, and a
/// checksum in place of the last one.</summary>
internal sealed class DirectoryBlocks(uint inodeSeed)
{
    public const int Room = Format.BlockSize - DirectoryTail.Bytes;

    private readonly byte[] _block = new byte[Format.BlockSize];
    private int _at;
    private int _last;

    /// <summary>Adds an entry.</summary>
    public void Add(ReadOnlySpan<byte> name, uint inode, byte type)
    {
        var length = DirectoryEntryLayout.BytesFor(name.Length);
        DirectoryEntryLayout.Write(_block.AsSpan(_at), name, inode, type, length);
        _last = _at;
        _at += length;
    }

    /// <summary>Ends the block, which has an entry; the bytes are valid until the next <see cref="Add"/>.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        // The last entry reaches to the end.
        _block.AsSpan().PutLe16(_last + DirectoryEntryLayout.Length, Room - _last);
        _block.AsSpan(_at, Room - _at).Clear();
        DirectoryTail.Write(_block, inodeSeed);
        (_at, _last) = (0, 0);
        return _block;
    }
}
