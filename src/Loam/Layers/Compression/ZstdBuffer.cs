using System.Runtime.InteropServices;

namespace Loam.Layers;

/// <summary><c>ZSTD_inBuffer</c> and <c>ZSTD_outBuffer</c>, which are alike.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe partial struct ZstdBuffer
{
    public byte* Pointer;
    public nuint Size;
    public nuint Position;

    /// <summary>What a call's result says went wrong; null where nothing did.</summary>
    public static string? ErrorOf(nuint result) => IsError(result) == 0 ? null : Marshal.PtrToStringUTF8(ErrorName(result));

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint result);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_getErrorName")]
    private static partial nint ErrorName(nuint result);
}
