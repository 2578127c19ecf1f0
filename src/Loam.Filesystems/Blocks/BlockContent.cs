namespace Loam.Filesystems;

/// <summary>Content that is in blocks of a disk. What no extent covers is a hole and reads as zeros. Made by the
/// writer or reader of the disk, and valid for that disk alone.</summary>
public sealed class BlockContent : FileContent
{
    private readonly byte[]? _inline;
    private readonly object? _disk;

    /// <summary>Content in blocks.</summary>
    /// <param name="disk">Who knows the disk: its reader, or the heap of its writer.</param>
    /// <param name="size">The length in bytes.</param>
    /// <param name="extents">Its path.</param>
    internal BlockContent(object? disk, long size, IReadOnlyList<Extent> extents)
        : base(size) => (_disk, Extents) = (disk, extents);

    /// <summary>Content that stands in no block (ext4's inline data).</summary>
    internal BlockContent(object disk, byte[] inline)
        : base(inline.Length) => (_disk, _inline, Extents) = (disk, inline, []);

    /// <summary>In the order of the file, none touching the next in both file and disk.</summary>
    public IReadOnlyList<Extent> Extents { get; }

    /// <summary>The content itself where it is not in blocks; else empty.</summary>
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

    private static BlockContent None { get; } = new(null, 0, []);

    /// <summary>What a disk's writer or reader knows of a file's content.</summary>
    /// <param name="content">The content.</param>
    /// <returns>Where it is; content without bytes has no blocks.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="content"/> is null.</exception>
    /// <exception cref="ArgumentException">The content is not on a disk.</exception>
    public static BlockContent Of(FileContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return content as BlockContent
            ?? (content is { Size: 0 } ? None : throw new ArgumentException("the file's content is not on a disk", nameof(content)));
    }

    /// <summary>The same, of one disk.</summary>
    /// <param name="content">The content.</param>
    /// <param name="disk">Who knows the disk.</param>
    /// <exception cref="ArgumentException">The content does not stand on that disk.</exception>
    internal static BlockContent Of(FileContent content, object disk) =>
        Of(content) is var blocks && (blocks._disk == disk || blocks is { Size: 0, Extents.Count: 0 })
            ? blocks
            : throw new ArgumentException("the file's content is on another disk", nameof(content));
}
