namespace Loam.Layers;

/// <summary>The maps of GNU's sparse files (GNU tar manual, "Storing Sparse Files"), checked: in order, not overlapping,
/// within the file, and storing just what the archive stores.</summary>
internal static class SparseMap
{
    private const int OldRangeBytes = 24;
    private const int OldHeaderRanges = 386;
    private const int OldHeaderExtended = 482;
    private const int OldExtensionRanges = 21;
    private const int OldExtensionExtended = 504;

    /// <summary>The old format: four ranges in the header, more in blocks that follow it.</summary>
    public static List<SparseRange> ReadOld(ReadOnlySpan<byte> header, TarInput input, LayerLimits limits)
    {
        var ranges = new List<SparseRange>();
        AddOld(ranges, header[OldHeaderRanges..], 4, limits);
        var more = header[OldHeaderExtended] != 0;
        while (more)
        {
            var block = input.ReadBlock();
            if (block.IsEmpty)
            {
                throw TarException.Damaged("the archive ends inside a sparse map");
            }

            AddOld(ranges, block, OldExtensionRanges, limits);
            more = block[OldExtensionExtended] != 0;
        }

        return ranges;
    }

    /// <summary>Format 1.0: the map stands before the data as decimal lines, padded to a block.</summary>
    /// <returns>The ranges, and how many stored bytes the map took.</returns>
    public static (List<SparseRange> Ranges, long Bytes) ReadInline(TarInput input, long stored, LayerLimits limits)
    {
        var lines = new InlineLines(input, stored);
        var count = lines.Next();
        if (count > limits.MaximumSparseRanges)
        {
            throw TarException.Limit("a sparse file has too many ranges");
        }

        var ranges = new List<SparseRange>();
        for (var i = 0L; i < count; i++)
        {
            ranges.Add(new SparseRange(lines.Next(), lines.Next()));
        }

        return (ranges, lines.BytesTaken);
    }

    /// <summary>Checks a map against the file's size and what is stored.</summary>
    public static IReadOnlyList<SparseRange> Check(IReadOnlyList<SparseRange> ranges, long size, long stored)
    {
        var end = 0L;
        var sum = 0L;
        foreach (var range in ranges)
        {
            if (range.Offset < end || range.Length < 0 || range.Length > size - range.Offset)
            {
                throw TarException.Damaged("a sparse map's ranges overlap or reach beyond the end of the file");
            }

            end = range.Offset + range.Length;
            sum += range.Length;
        }

        return sum == stored ? ranges : throw TarException.Damaged($"a sparse map stores {sum} bytes; the archive has {stored}");
    }

    private static void AddOld(List<SparseRange> ranges, ReadOnlySpan<byte> fields, int count, LayerLimits limits)
    {
        for (var i = 0; i < count; i++)
        {
            var field = fields.Slice(i * OldRangeBytes, OldRangeBytes);
            if (field[0] == 0)
            {
                return;
            }

            if (ranges.Count >= limits.MaximumSparseRanges)
            {
                throw TarException.Limit("a sparse file has too many ranges");
            }

            ranges.Add(new SparseRange(
                TarNumbers.ReadField(field[..12], "a sparse offset"), TarNumbers.ReadField(field[12..], "a sparse length")));
        }
    }

    private sealed class InlineLines(TarInput input, long stored)
    {
        private const int MaximumDigits = 20;

        private byte[] _block = [];
        private int _at;

        public long BytesTaken { get; private set; }

        public long Next()
        {
            Span<byte> digits = stackalloc byte[MaximumDigits];
            for (var length = 0; ; length++)
            {
                var next = NextByte();
                if (next == (byte)'\n')
                {
                    return TarNumbers.ReadDecimal(digits[..length], "a sparse map's number");
                }

                if (length == MaximumDigits)
                {
                    throw TarException.Damaged("a sparse map's number is too long");
                }

                digits[length] = next;
            }
        }

        private byte NextByte()
        {
            if (_at == _block.Length)
            {
                if (stored - BytesTaken < TarInput.BlockSize)
                {
                    throw TarException.Damaged("a sparse map is longer than its file");
                }

                _block = input.ReadExactly(TarInput.BlockSize);
                _at = 0;
                BytesTaken += TarInput.BlockSize;
            }

            return _block[_at++];
        }
    }
}
