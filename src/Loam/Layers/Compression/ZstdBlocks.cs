using System.Runtime.InteropServices;

namespace Loam.Layers;

/// <summary>Blocks as zstd frames with checksums (RFC 8878), through the system's libzstd; a chain of frames is read as one.</summary>
internal sealed partial class ZstdBlocks : BlockCompressor
{
    private const int LevelParameter = 100; // ZSTD_c_compressionLevel
    private const int ChecksumParameter = 201; // ZSTD_c_checksumFlag

    private readonly Context _context;

    public ZstdBlocks(int level)
    {
        try
        {
            _context = Create();
            Check(SetParameter(_context, LevelParameter, level));
            Check(SetParameter(_context, ChecksumParameter, 1));
        }
        catch (DllNotFoundException e)
        {
            throw new LoamException(ErrorCodes.ZstdMissing, "libzstd.so.1 cannot be loaded", e);
        }
    }

    public override unsafe uint Compress(ReadOnlySpan<byte> block, MemoryStream output)
    {
        var bound = (int)Bound((nuint)block.Length);
        output.SetLength(bound);
        fixed (byte* from = block)
        fixed (byte* to = output.GetBuffer())
        {
            output.SetLength((long)Check(CompressWhole(_context, to, (nuint)bound, from, (nuint)block.Length)));
        }

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

    private static nuint Check(nuint result) => ZstdBuffer.ErrorOf(result) is { } error
        ? throw new LoamException(ErrorCodes.Internal, $"zstd cannot compress ({error})")
        : result;

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_createCCtx")]
    private static partial Context Create();

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_CCtx_setParameter")]
    private static partial nuint SetParameter(Context context, int parameter, int value);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_compressBound")]
    private static partial nuint Bound(nuint length);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_compress2")]
    private static unsafe partial nuint CompressWhole(Context context, byte* output, nuint room, byte* input, nuint length);

    private sealed partial class Context() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => Free(handle) == 0;

        [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_freeCCtx")]
        private static partial nuint Free(nint context);
    }
}
