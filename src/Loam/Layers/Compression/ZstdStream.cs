using System.Runtime.InteropServices;
using Loam.Streams;

namespace Loam.Layers;

/// <summary>Inflates a chain of zstd frames (RFC 8878) and nothing else, through the system's libzstd.</summary>
internal sealed partial class ZstdStream : ReadOnlyStream
{
    /// <summary>Windows beyond 128 MiB need more memory than a stranger's layer may have (<c>zstd --long</c> asks for them).</summary>
    private const int MaximumWindowLog = 27;

    private const int WindowLogParameter = 100; // ZSTD_d_windowLogMax
    private const int InputBytes = 128 << 10;

    private readonly Stream _blob;
    private readonly byte[] _input = GC.AllocateUninitializedArray<byte>(InputBytes);
    private readonly Context _context;
    private int _start;
    private int _end;
    private bool _inFrame;

    public ZstdStream(Stream blob)
    {
        _blob = blob;
        try
        {
            _context = Create();
            Check(SetParameter(_context, WindowLogParameter, MaximumWindowLog));
        }
        catch (DllNotFoundException e)
        {
            throw new LoamException(ErrorCodes.ZstdMissing, "libzstd.so.1 cannot be loaded", e);
        }
    }

    public override unsafe int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (_start == _end)
            {
                _start = 0;
                _end = _blob.Read(_input);
            }

            nuint produced;
            fixed (byte* input = _input)
            fixed (byte* output = buffer)
            {
                var from = new ZstdBuffer { Pointer = input, Size = (nuint)_end, Position = (nuint)_start };
                var to = new ZstdBuffer { Pointer = output, Size = (nuint)buffer.Length };
                var atEnd = _start == _end;
                if (atEnd && !_inFrame)
                {
                    return 0;
                }

                var hint = Check(Decompress(_context, ref to, ref from));
                _start = (int)from.Position;
                produced = to.Position;
                _inFrame = hint != 0;
                if (atEnd && produced == 0 && _inFrame)
                {
                    throw new LoamException(ErrorCodes.LayerDamaged, "the zstd data is truncated");
                }
            }

            if (produced > 0)
            {
                return (int)produced;
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _context.Dispose();
            _blob.Dispose();
        }

        base.Dispose(disposing);
    }

    private static nuint Check(nuint result) => ZstdBuffer.ErrorOf(result) is { } error
        ? throw new LoamException(ErrorCodes.LayerDamaged, $"the zstd data is damaged, or followed by other data ({error})")
        : result;

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_createDStream")]
    private static partial Context Create();

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_DCtx_setParameter")]
    private static partial nuint SetParameter(Context context, int parameter, int value);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_decompressStream")]
    private static partial nuint Decompress(Context context, ref ZstdBuffer output, ref ZstdBuffer input);

    private sealed partial class Context() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => Free(handle) == 0;

        [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_freeDStream")]
        private static partial nuint Free(nint context);
    }
}
