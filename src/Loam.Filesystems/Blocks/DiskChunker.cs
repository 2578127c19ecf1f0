using System.Buffers;
using Loam.Filesystems.Blocks;
using Loam.Filesystems.Host;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems;

/// <summary>
/// Cuts a disk into chunks by its content: a chunk ends after a block whose checksum says so, so that the same run of
/// blocks gives the same chunks wherever it is, and a change moves few cuts. Blocks of zeros outside chunks belong to
/// none, whether they are holes or not.
/// </summary>
public static class DiskChunker
{
    /// <summary>The most bytes a chunk has.</summary>
    public const int MaximumBytes = 4 << 20;

    private const int BlockSize = DiskFile.BlockSize;
    private const int ReadBytes = 64 * BlockSize;
    private const int MinimumBytes = 64 * BlockSize;

    /// <summary>So many blocks of zeros end a chunk; fewer are part of it.</summary>
    private const int GapBlocks = 16;

    /// <summary>Chunks have about 1 MiB; those of disks beyond 8 GiB more, so that there are never much more than 8,192.</summary>
    private const int SmallestAverageBlocks = 256;

    private const int MostBlocksOnAverage = MaximumBytes / BlockSize / 2;
    private const long ManyChunks = 8192;

    /// <summary>Cuts a disk; the same bytes give the same chunks.</summary>
    /// <param name="disk">The disk, open for reading.</param>
    /// <returns>The chunks in the order of their offsets.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="disk"/> is null.</exception>
    /// <exception cref="IOException">The disk cannot be read, or becomes shorter meanwhile.</exception>
    public static IEnumerable<DiskChunk> Cut(SafeFileHandle disk)
    {
        ArgumentNullException.ThrowIfNull(disk);
        return CutAll(disk);
    }

    private static IEnumerable<DiskChunk> CutAll(SafeFileHandle disk)
    {
        var size = RandomAccess.GetLength(disk);
        var mask = AverageBlocks(size) - 1;
        var read = new byte[ReadBytes];
        var chunk = new Pending();
        for (var at = 0L; at < size;)
        {
            var data = Math.Min(Libc.NextData(disk, at), size) / BlockSize * BlockSize;
            if (data > at)
            {
                chunk.Zeros += (data - at) / BlockSize;
                at = data;
            }

            var count = Fill(disk, at, read, (int)Math.Min(read.Length, size - at));
            for (var offset = 0; offset < count; offset += BlockSize)
            {
                var block = read.AsMemory(offset, Math.Min(BlockSize, count - offset));
                if (!block.Span.ContainsAnyExcept((byte)0))
                {
                    chunk.Zeros++;
                    continue;
                }

                if (chunk.EndsBefore(block.Length) is { } ended)
                {
                    yield return ended;
                }

                chunk.Add(at + offset, block.Span);
                if (chunk.Length >= MinimumBytes && (Crc32C.Add(Crc32C.Start, block.Span) & mask) == 0)
                {
                    yield return chunk.Take();
                }
            }

            at += count;
        }

        if (chunk.Length > 0)
        {
            yield return chunk.Take();
        }
    }

    private static uint AverageBlocks(long size)
    {
        var average = SmallestAverageBlocks;
        while (average < MostBlocksOnAverage && size / ((long)average * BlockSize) > ManyChunks)
        {
            average *= 2;
        }

        return (uint)average;
    }

    private static int Fill(SafeFileHandle disk, long offset, byte[] buffer, int count)
    {
        var done = 0;
        int read;
        while (done < count && (read = RandomAccess.Read(disk, buffer.AsSpan(done, count - done), offset + done)) > 0)
        {
            done += read;
        }

        return done == count ? count : throw new IOException("the disk became shorter while it was read");
    }

    /// <summary>The chunk that is being gathered, and the blocks of zeros behind it.</summary>
    private sealed class Pending
    {
        private byte[]? _buffer;
        private long _offset;

        public int Length { get; private set; }

        public long Zeros { get; set; }

        /// <summary>The chunk, if what comes next cannot be part of it.</summary>
        public DiskChunk? EndsBefore(int next) =>
            Length > 0 && (Zeros >= GapBlocks || Length + (Zeros * BlockSize) + next > MaximumBytes) ? Take() : null;

        public void Add(long offset, ReadOnlySpan<byte> block)
        {
            _buffer ??= ArrayPool<byte>.Shared.Rent(MaximumBytes);
            if (Length == 0)
            {
                _offset = offset;
            }
            else
            {
                _buffer.AsSpan(Length, (int)Zeros * BlockSize).Clear();
                Length += (int)Zeros * BlockSize;
            }

            Zeros = 0;
            block.CopyTo(_buffer.AsSpan(Length));
            Length += block.Length;
        }

        public DiskChunk Take()
        {
            var chunk = new DiskChunk(_offset, _buffer!, Length);
            (_buffer, Length) = (null, 0);
            return chunk;
        }
    }
}
