using System.Runtime.InteropServices;

namespace Loam.Layers;

/// <summary>
/// A context of the system's <c>libzstd.so.1</c>, which compresses or decompresses (RFC 8878). All calls of the library
/// are made here. One version of it gives the same bytes for the same input.
/// </summary>
internal sealed unsafe partial class ZstdContext : SafeHandle
{
    /// <summary>zstd's own default.</summary>
    public const int DefaultLevel = 3;

    private const string Library = "libzstd.so.1";
    private const int LevelParameter = 100; // ZSTD_c_compressionLevel
    private const int ChecksumParameter = 201; // ZSTD_c_checksumFlag
    private const int WindowLogParameter = 100; // ZSTD_d_windowLogMax
    private const int Continue = 0; // ZSTD_e_continue
    private const int End = 2; // ZSTD_e_end
    private const int WindowTooLarge = 16; // ZSTD_error_frameParameter_windowTooLarge

    private readonly bool _compresses;

    private ZstdContext(bool compresses)
        : base(0, ownsHandle: true)
    {
        _compresses = compresses;
        try
        {
            SetHandle(compresses ? CreateCompressor() : CreateDecompressor());
        }
        catch (DllNotFoundException e)
        {
            throw new LoamException(ErrorCodes.ZstdMissing, $"{Library} cannot be loaded", e);
        }
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>A context that makes frames with checksums.</summary>
    /// <param name="level">How hard it tries, 1 to 19.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ZstdMissing"/>.</exception>
    public static ZstdContext ForCompression(int level)
    {
        var context = new ZstdContext(compresses: true);
        Made(SetCompression(context, LevelParameter, level));
        Made(SetCompression(context, ChecksumParameter, 1));
        return context;
    }

    /// <summary>A context that reads frames.</summary>
    /// <param name="maximumWindowLog">Frames may ask for a window of at most two to this power of bytes.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ZstdMissing"/>.</exception>
    public static ZstdContext ForDecompression(int maximumWindowLog)
    {
        var context = new ZstdContext(compresses: false);
        Made(SetDecompression(context, WindowLogParameter, maximumWindowLog));
        return context;
    }

    /// <summary>The most bytes that a frame of so many can take.</summary>
    public static int Bound(int length) => (int)CompressBound((nuint)length);

    /// <summary>Makes one frame of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="output">Where the frame goes; has room for <see cref="Bound"/>.</param>
    /// <returns>The length of the frame.</returns>
    public int CompressBlock(ReadOnlySpan<byte> block, Span<byte> output)
    {
        fixed (byte* from = block)
        fixed (byte* to = output)
        {
            return (int)Made(Compress(this, to, (nuint)output.Length, from, (nuint)block.Length));
        }
    }

    /// <summary>Compresses what it can.</summary>
    /// <param name="input">The next bytes; empty to end the frame.</param>
    /// <param name="output">Where compressed bytes go.</param>
    /// <returns>The bytes taken from the input and put into the output, and whether the frame has ended.</returns>
    public (int Consumed, int Produced, bool Ended) CompressSome(ReadOnlySpan<byte> input, Span<byte> output)
    {
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            var source = new Range { Pointer = from, Size = (nuint)input.Length };
            var target = new Range { Pointer = to, Size = (nuint)output.Length };
            var left = Made(CompressStream(this, ref target, ref source, input.IsEmpty ? End : Continue));
            return ((int)source.Position, (int)target.Position, input.IsEmpty && left == 0);
        }
    }

    /// <summary>Decompresses what it can of one frame.</summary>
    /// <param name="input">The next bytes.</param>
    /// <param name="output">Where decompressed bytes go.</param>
    /// <returns>The bytes taken from the input and put into the output, and whether the frame has ended.</returns>
    /// <exception cref="CompressionException">This is not zstd, it is damaged, or its window is too large.</exception>
    public (int Consumed, int Produced, bool Ended) DecompressSome(ReadOnlySpan<byte> input, Span<byte> output)
    {
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            var source = new Range { Pointer = from, Size = (nuint)input.Length };
            var target = new Range { Pointer = to, Size = (nuint)output.Length };
            var hint = DecompressStream(this, ref target, ref source);
            return NameOf(hint) is { } name
                ? throw new CompressionException(
                    ErrorCode(hint) == WindowTooLarge ? CompressionError.WindowTooLarge : CompressionError.Damaged,
                    $"the zstd data is damaged, or followed by other data ({name})")
                : ((int)source.Position, (int)target.Position, hint == 0);
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => (_compresses ? FreeCompressor(handle) : FreeDecompressor(handle)) == 0;

    /// <summary>What a call's result says went wrong; null where nothing did.</summary>
    private static string? NameOf(nuint result) => IsError(result) == 0 ? null : Marshal.PtrToStringUTF8(ErrorName(result));

    private static nuint Made(nuint result) => NameOf(result) is { } name
        ? throw new LoamException(ErrorCodes.Internal, $"zstd cannot compress ({name})")
        : result;

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    private static partial nint CreateCompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    private static partial nint CreateDecompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    private static partial nuint FreeCompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    private static partial nuint FreeDecompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setParameter")]
    private static partial nuint SetCompression(ZstdContext context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_DCtx_setParameter")]
    private static partial nuint SetDecompression(ZstdContext context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressBound")]
    private static partial nuint CompressBound(nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_compress2")]
    private static partial nuint Compress(ZstdContext context, byte* output, nuint room, byte* input, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressStream2")]
    private static partial nuint CompressStream(ZstdContext context, ref Range output, ref Range input, int mode);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    private static partial nuint DecompressStream(ZstdContext context, ref Range output, ref Range input);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint result);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorCode")]
    private static partial int ErrorCode(nuint result);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    private static partial nint ErrorName(nuint result);

    /// <summary><c>ZSTD_inBuffer</c> and <c>ZSTD_outBuffer</c>, which are alike.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Range
    {
        public byte* Pointer;
        public nuint Size;
        public nuint Position;
    }
}
