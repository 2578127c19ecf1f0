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
