using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems.Host;

/// <summary>The names in a folder.</summary>
internal static partial class Libc
{
    /// <summary>Where a name begins in what readdir(3) gives on processors of 64 bits.</summary>
    private const int NameOffset = 19; // struct dirent: d_name

    /// <summary>Reads the names of a folder but "." and "..", in no order.</summary>
    /// <param name="folder">Open for reading; used up.</param>
    /// <returns>Null if it cannot be read; the error is the last call's.</returns>
    public static unsafe List<byte[]>? ReadNames(SafeFileHandle folder)
    {
        var stream = OpenDirectoryStream((int)folder.DangerousGetHandle());
        if (stream == 0)
        {
            folder.Dispose();
            return null;
        }

        // The stream closes it.
        folder.SetHandleAsInvalid();
        try
        {
            var names = new List<byte[]>();
            nint entry;
            while ((entry = ReadDirectory(stream)) != 0)
            {
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)entry + NameOffset);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    names.Add(name.ToArray());
                }
            }

            return Marshal.GetLastPInvokeError() == 0 ? names : null;
        }
        finally
        {
            var error = Marshal.GetLastPInvokeError();
            _ = CloseDirectoryStream(stream);
            Marshal.SetLastPInvokeError(error);
        }
    }

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    private static partial nint OpenDirectoryStream(int folder);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial nint ReadDirectory(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseDirectoryStream(nint stream);
}
