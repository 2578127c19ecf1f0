using System.Runtime.CompilerServices;

namespace Loam.Filesystems;

/// <summary>Memory that begins at a block's boundary, as direct reads and writes demand.</summary>
internal sealed class AlignedBuffer
{
    private readonly byte[] _array;
    private readonly int _offset;
    private readonly int _length;

    public unsafe AlignedBuffer(int length)
    {
        // Pinned arrays never move, so what is aligned once stays aligned.
        _array = GC.AllocateUninitializedArray<byte>(length + DiskFile.BlockSize, pinned: true);
        var address = (nint)Unsafe.AsPointer(ref _array[0]);
        _offset = (int)(-address & (DiskFile.BlockSize - 1));
        _length = length;
    }

    public Span<byte> Span => _array.AsSpan(_offset, _length);
}
