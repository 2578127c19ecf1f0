using System.Buffers;

namespace Loam.Filesystems;

/// <summary>A part of a disk that holds data.</summary>
/// <param name="Offset">Its first byte on the disk, a multiple of 4,096.</param>
/// <param name="Buffer">Holds its bytes; from <see cref="ArrayPool{T}.Shared"/>, to which the receiver of the chunk returns it.</param>
/// <param name="Length">How many bytes it has.</param>
public readonly record struct DiskChunk(long Offset, byte[] Buffer, int Length)
{
    /// <summary>Its bytes.</summary>
    public ReadOnlyMemory<byte> Content => Buffer.AsMemory(0, Length);
}
