namespace Loam.Layers;

/// <summary>Blocks as zstd frames with checksums (RFC 8878); a chain of frames is read as one.</summary>
internal sealed class ZstdBlocks(int level) : BlockCompressor
{
    private readonly ZstdContext _context = ZstdContext.ForCompression(level);

    public override uint Compress(ReadOnlySpan<byte> block, MemoryStream output)
    {
        output.SetLength(ZstdContext.Bound(block.Length));
        output.SetLength(_context.CompressBlock(block, output.GetBuffer().AsSpan(0, (int)output.Length)));
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _context.Dispose();
        }

        base.Dispose(disposing);
    }
}
