using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>Where a block's present content stands in the journal, and whether its first four bytes were escaped.</summary>
internal readonly record struct ReplayedBlock(long JournalBlock, bool Escaped);

/// <summary>A file system's blocks as they are once the journal is replayed: some are read from the journal instead of
/// from their place, so that the disk itself stays as it is.</summary>
internal sealed class BlockReader(DiskImage disk, int blockSize, long firstBlock, long blocks, IReadOnlyDictionary<long, ReplayedBlock> replayed)
{
    public int BlockSize => blockSize;

    public long Blocks => blocks;

    /// <summary>Whether a range lies within the file system.</summary>
    public bool Holds(BlockRange range) => range.Start >= firstBlock && range.Count > 0 && range.Count <= blocks && range.Start <= blocks - range.Count;

    /// <summary>Reads one block.</summary>
    /// <exception cref="FilesystemException">It is not in the file system.</exception>
    public void Read(long block, Span<byte> buffer, uint? inode = null)
    {
        if (!Holds(new BlockRange(block, 1)))
        {
            throw FilesystemException.Damage($"the block does not exist; there are {blocks} blocks", inode, block);
        }

        ReadWithin(block, 0, buffer[..blockSize]);
    }

    /// <summary>Reads bytes of neighbouring blocks.</summary>
    /// <param name="block">The first, in the file system.</param>
    /// <param name="skip">Bytes of it to pass over.</param>
    /// <param name="buffer">What is filled.</param>
    public void ReadWithin(long block, int skip, Span<byte> buffer)
    {
        if (replayed.Count == 0)
        {
            disk.Read(block * blockSize + skip, buffer);
            return;
        }

        while (!buffer.IsEmpty)
        {
            var take = Math.Min(buffer.Length, blockSize - skip);
            if (replayed.TryGetValue(block, out var copy))
            {
                disk.Read(copy.JournalBlock * blockSize + skip, buffer[..take]);
                Unescape(copy, skip, buffer[..take]);
            }
            else
            {
                // Blocks that stand in their places are read together.
                for (var next = block + 1; take < buffer.Length && !replayed.ContainsKey(next); next++)
                {
                    take += Math.Min(buffer.Length - take, blockSize);
                }

                disk.Read(block * blockSize + skip, buffer[..take]);
            }

            block += (skip + take) / blockSize;
            skip = (skip + take) % blockSize;
            buffer = buffer[take..];
        }
    }

    private static void Unescape(ReplayedBlock copy, int skip, Span<byte> buffer)
    {
        var magic = JournalHeader.Magic;
        if (copy.Escaped && skip < magic.Length)
        {
            var rest = magic[skip..];
            rest[..Math.Min(rest.Length, buffer.Length)].CopyTo(buffer);
        }
    }
}
