using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Loam.Layers;

/// <summary>
/// <c>libisal.so.2</c>, Intel's Intelligent Storage Acceleration Library: it inflates a good deal faster than
/// <see cref="GZipStream"/> and is used where it is there. Its state is a struct, known here by the offsets of the few
/// fields that <c>igzip_lib.h</c> 2.x has callers use.
/// </summary>
internal sealed partial class Igzip : SafeHandle
{
    private const int NextOut = 0;
    private const int AvailableOut = 8;
    private const int NextIn = 16;
    private const int AvailableIn = 32;
    private const int BlockState = 21160;
    private const int CrcFlag = 21172;

    private const int BlockFinish = 5; // ISAL_BLOCK_FINISH
    private const int GzipFormat = 1; // ISAL_GZIP: read the header, check the trailer

    /// <summary>The struct has 87,368 bytes in 2.30; the rest is for versions to come.</summary>
    private const int StateBytes = 256 << 10;

    private static readonly bool s_usable = Probe();

    /// <summary>Use <see cref="Create"/>, which knows whether the library is there.</summary>
    internal unsafe Igzip()
        : base(0, ownsHandle: true)
    {
        SetHandle((nint)NativeMemory.AllocZeroed(StateBytes));
        Initialize(handle);
        *Field<int>(CrcFlag) = GzipFormat;
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Whether the last member has been inflated and its trailer was right.</summary>
    public unsafe bool AtMemberEnd => *Field<int>(BlockState) == BlockFinish;

    /// <summary>An inflater before its first member, or null where the library is missing or not the one that is known here.</summary>
    public static Igzip? Create() => s_usable ? new Igzip() : null;

    /// <summary>Makes ready for the next member.</summary>
    public void NextMember() => Reset(handle);

    /// <summary>Inflates what it can of one member.</summary>
    /// <returns>The bytes taken from <paramref name="input"/> and put into <paramref name="output"/>.</returns>
    /// <exception cref="InvalidDataException">This is not gzip, or it is damaged.</exception>
    public unsafe (int Consumed, int Produced) Inflate(ReadOnlySpan<byte> input, Span<byte> output)
    {
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            *Field<nint>(NextIn) = (nint)from;
            *Field<int>(AvailableIn) = input.Length;
            *Field<nint>(NextOut) = (nint)to;
            *Field<int>(AvailableOut) = output.Length;
            var result = Inflate(handle);
            return result == 0
                ? (input.Length - *Field<int>(AvailableIn), output.Length - *Field<int>(AvailableOut))
                : throw new InvalidDataException($"igzip says {result}");
        }
    }

    protected override unsafe bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }

    /// <summary>Whether the library does what this file says of it, tried on two members.</summary>
    private static bool Probe()
    {
        byte[] content = [.. "the struct is laid out as this file says, the struct is laid out as this file says"u8];
        var compressed = new MemoryStream();
        for (var member = 0; member < 2; member++)
        {
            using var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true);
            gzip.Write(content);
        }

        try
        {
            using var igzip = new Igzip();
            var output = new byte[content.Length + 1];
            var (first, length) = igzip.Inflate(compressed.GetBuffer().AsSpan(0, (int)compressed.Length), output);
            return igzip.AtMemberEnd && first == compressed.Length / 2 && output.AsSpan(0, length).SequenceEqual(content);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or InvalidDataException)
        {
            return false;
        }
    }

    [LibraryImport("libisal.so.2", EntryPoint = "isal_inflate_init")]
    private static partial void Initialize(nint state);

    [LibraryImport("libisal.so.2", EntryPoint = "isal_inflate_reset")]
    private static partial void Reset(nint state);

    [LibraryImport("libisal.so.2", EntryPoint = "isal_inflate")]
    private static partial int Inflate(nint state);

    private unsafe T* Field<T>(int offset)
        where T : unmanaged => (T*)(handle + offset);
}
