using System.Runtime.InteropServices;
using Loam.Streams;

namespace Loam.Layers;

/// <summary>Compresses to one zstd frame with a checksum (RFC 8878), through the system's libzstd. One library version
/// gives the same bytes for the same input. Disposing ends the frame and leaves the output open.</summary>
internal sealed partial class ZstdCompressStream : WriteOnlyStream
{
    private const int ChecksumParameter = 201; // ZSTD_c_checksumFlag
    private const int OutputBytes = 128 << 10;
    private const int Continue = 0; // ZSTD_e_continue
    private const int End = 2; // ZSTD_e_end

    private readonly Stream _output;
    private readonly byte[] _compressed = GC.AllocateUninitializedArray<byte>(OutputBytes);
    private readonly Context _context;
    private bool _ended;

    public ZstdCompressStream(Stream output)
    {
        _output = output;
        try
        {
            _context = Create();
            Check(SetParameter(_context, ChecksumParameter, 1));
        }
        catch (DllNotFoundException e)
        {
            throw new LoamException(ErrorCodes.ZstdMissing, "libzstd.so.1 cannot be loaded", e);
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            buffer = buffer[Step(buffer, Continue, out _)..];
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_ended)
        {
            _ended = true;
            try
            {
                nuint left;
                do
                {
                    Step([], End, out left);
                }
                while (left > 0);
            }
            finally
            {
                _context.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private unsafe int Step(ReadOnlySpan<byte> input, int mode, out nuint left)
    {
        fixed (byte* from = input)
        fixed (byte* to = _compressed)
        {
            var source = new ZstdBuffer { Pointer = from, Size = (nuint)input.Length };
            var target = new ZstdBuffer { Pointer = to, Size = OutputBytes };
            left = Check(Compress(_context, ref target, ref source, mode));
            _output.Write(_compressed, 0, (int)target.Position);
            return (int)source.Position;
        }
    }

    private static nuint Check(nuint result) => ZstdBuffer.ErrorOf(result) is { } error
        ? throw new LoamException(ErrorCodes.Internal, $"zstd cannot compress ({error})")
        : result;

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_createCStream")]
    private static partial Context Create();

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_CCtx_setParameter")]
    private static partial nuint SetParameter(Context context, int parameter, int value);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_compressStream2")]
    private static partial nuint Compress(Context context, ref ZstdBuffer output, ref ZstdBuffer input, int mode);

    private sealed partial class Context() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => Free(handle) == 0;

        [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_freeCStream")]
        private static partial nuint Free(nint context);
    }
}
