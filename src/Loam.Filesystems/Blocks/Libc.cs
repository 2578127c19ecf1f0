using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems;

/// <summary>The few calls of Linux that .NET does not have.</summary>
internal static partial class Libc
{
    private const int FallocKeepSize = 1;
    private const int FallocPunchHole = 2;
    private const int SeekData = 3;
    private const int NoSuchOffset = 6; // ENXIO
    private const int NotSupported = 95; // EOPNOTSUPP

    /// <summary>The first byte from one on that is not in a hole; <see cref="long.MaxValue"/> where only a hole is left
    /// (lseek(2), <c>SEEK_DATA</c>).</summary>
    public static long NextData(SafeFileHandle file, long offset)
    {
        var found = Seek(file, offset, SeekData);
        return found >= 0 ? found : Marshal.GetLastPInvokeError() == NoSuchOffset ? long.MaxValue : offset;
    }

    /// <summary>Deallocates a range of a file (fallocate(2)); writes zeros where the file system cannot.</summary>
    public static void PunchHole(SafeFileHandle file, long offset, long length)
    {
        if (Fallocate(file, FallocPunchHole | FallocKeepSize, offset, length) == 0)
        {
            return;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error != NotSupported)
        {
            throw new IOException($"fallocate: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }

        var zeros = new byte[Math.Min(length, 1 << 20)];
        for (var done = 0L; done < length; done += zeros.Length)
        {
            RandomAccess.Write(file, zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - done)), offset + done);
        }
    }

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Fallocate(SafeFileHandle file, int mode, long offset, long length);
}
