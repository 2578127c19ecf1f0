using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems;

/// <summary>The few calls of Linux that .NET does not have.</summary>
internal static partial class Libc
{
    private const int FallocKeepSize = 1;
    private const int FallocPunchHole = 2;
    private const int ReadWriteCloseOnExec = 2 | 0x80000; // O_RDWR | O_CLOEXEC
    private const int NotSupported = 95; // EOPNOTSUPP

    /// <summary>Opens a file so that reads and writes go past the page cache (open(2), <c>O_DIRECT</c>).</summary>
    /// <returns>Null where the file system has no such way.</returns>
    public static SafeFileHandle? TryOpenDirect(string path)
    {
        var file = Open(path, ReadWriteCloseOnExec | DirectFlag);
        if (!file.IsInvalid)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    private static int DirectFlag => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x10000 : 0x4000;

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

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Fallocate(SafeFileHandle file, int mode, long offset, long length);
}
