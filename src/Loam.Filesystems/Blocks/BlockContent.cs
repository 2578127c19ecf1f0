namespace Loam.Filesystems;

/// <summary>Content that stands in blocks of a disk. What no extent covers is a hole and reads as zeros. Made by whoever
/// writes or reads the disk, and of use with that disk alone.</summary>
public sealed class BlockContent : FileContent
{
    private readonly byte[]? _inline;

    internal BlockContent(long size, IReadOnlyList<Extent> extents)
        : base(size) => Extents = extents;

    /// <summary>Content that stands in no block (ext4's inline data).</summary>
    internal BlockContent(byte[] inline)
        : base(inline.Length) => (_inline, Extents) = (inline, []);

    /// <summary>In the order of the file, none touching the next in both file and disk.</summary>
    public IReadOnlyList<Extent> Extents { get; }

    /// <summary>The content itself where it stands in no block; else empty.</summary>
    public ReadOnlyMemory<byte> Inline => _inline;

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

    private static BlockContent None { get; } = new(0, []);

    /// <summary>What a disk's writer or reader knows of a file's content.</summary>
    /// <exception cref="ArgumentException">The content was not made with a disk.</exception>
    public static BlockContent Of(FileContent content) => content as BlockContent
        ?? (content is { Size: 0 } ? None : throw new ArgumentException("the file's content does not stand on a disk", nameof(content)));
}
