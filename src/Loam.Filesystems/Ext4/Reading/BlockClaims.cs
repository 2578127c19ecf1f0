namespace Loam.Filesystems.Ext4.Reading;

/// <summary>Numbers of which each can be taken once: blocks that belong to somebody, inodes that were met. Memory grows
/// with what is taken, not with the largest number.</summary>
internal sealed class BlockClaims(ReadBudget budget)
{
    private const int ChunkWords = 64;
    private const int ChunkBits = ChunkWords * 64;
    private const int WholeChunkBytes = 48;

    private readonly Dictionary<long, ulong[]> _chunks = [];

    /// <summary>Stands for a chunk of which everything is taken.</summary>
    private readonly ulong[] _whole = [];

    /// <summary>Takes neighbouring numbers.</summary>
    /// <returns>The first of them that was taken before; null if none was, and now all are.</returns>
    public long? Take(BlockRange range)
    {
        for (var at = range.Start; at < range.End;)
        {
            var from = (int)(at % ChunkBits);
            var count = (int)Math.Min(ChunkBits - from, range.End - at);
            if (TakeWithin(at / ChunkBits, from, count) is { } taken)
            {
                return taken;
            }

            at += count;
        }

        return null;
    }

    private long? TakeWithin(long chunk, int from, int count)
    {
        var known = _chunks.TryGetValue(chunk, out var words);
        if (!known && count == ChunkBits)
        {
            budget.TakeBytes(WholeChunkBytes);
            _chunks.Add(chunk, _whole);
            return null;
        }

        if (!known)
        {
            budget.TakeBytes(WholeChunkBytes + ChunkBits / 8);
            _chunks.Add(chunk, words = new ulong[ChunkWords]);
        }

        if (words!.Length == 0)
        {
            return chunk * ChunkBits + from;
        }

        for (var bit = from; bit < from + count;)
        {
            var run = Math.Min(64 - bit % 64, from + count - bit);
            var mask = (run == 64 ? ulong.MaxValue : (1ul << run) - 1) << (bit % 64);
            ref var word = ref words[bit / 64];
            if ((word & mask) != 0)
            {
                return chunk * ChunkBits + bit / 64 * 64 + System.Numerics.BitOperations.TrailingZeroCount(word & mask);
            }

            word |= mask;
            bit += run;
        }

        return null;
    }
}
