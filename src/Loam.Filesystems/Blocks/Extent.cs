namespace Loam.Filesystems;

/// <summary>Neighbouring blocks of a disk.</summary>
/// <param name="Start">The first block.</param>
/// <param name="Count">How many.</param>
public readonly record struct BlockRange(long Start, long Count)
{
    /// <summary>The block after the last.</summary>
    public long End => Start + Count;
}

/// <summary>Neighbouring blocks of a file that are neighbours on the disk too.</summary>
/// <param name="Logical">The first block's place in the file, in blocks.</param>
/// <param name="Physical">The first block's place on the disk, in blocks.</param>
/// <param name="Count">How many blocks.</param>
public readonly record struct Extent(long Logical, long Physical, long Count)
{
    /// <summary>The same blocks as the disk sees them.</summary>
    public BlockRange Range => new(Physical, Count);
}

/// <summary>Where a regular file's content stands. What no extent covers is a hole and reads as zeros.</summary>
/// <param name="Size">The length in bytes.</param>
/// <param name="Extents">In the order of the file, none touching the next in both file and disk.</param>
public readonly record struct FileContent(long Size, IReadOnlyList<Extent> Extents)
{
    private byte[]? InlineBytes { get; init; }

    /// <summary>The content itself where it stands in no block (ext4's inline data); else empty.</summary>
    public ReadOnlyMemory<byte> Inline => InlineBytes;

    /// <summary>No bytes.</summary>
    public static FileContent Empty { get; } = new(0, []);

    /// <summary>Content that stands in no block.</summary>
    internal static FileContent FromInline(byte[] bytes) => new(bytes.Length, []) { InlineBytes = bytes };

    /// <summary>How many blocks of the disk it takes.</summary>
    public long Blocks
    {
        get
        {
            var blocks = 0L;
            foreach (var extent in Extents)
            {
                blocks += extent.Count;
            }

            return blocks;
        }
    }
}
