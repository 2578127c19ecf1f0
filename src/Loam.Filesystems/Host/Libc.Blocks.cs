using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems.Host;

/// <summary>Holes, clones and copies of open files.</summary>
internal static partial class Libc
{
    private const int FallocKeepSize = 1;
    private const int FallocPunchHole = 2;
    private const int SeekData = 3;
    private const int SeekHole = 4;
    private const nuint CloneFile = 0x40049409; // FICLONE
    private const int CopyBufferBytes = 1 << 20;

    /// <summary>The first byte from one on that is not in a hole; <see cref="long.MaxValue"/> where only a hole is left
    /// (lseek(2), <c>SEEK_DATA</c>).</summary>
    public static long NextData(SafeFileHandle file, long offset)
    {
        var found = Seek(file, offset, SeekData);
        return found >= 0 ? found : Marshal.GetLastPInvokeError() == ErrorNumber.NoSuchAddress ? long.MaxValue : offset;
    }

    /// <summary>The first byte from one on that is in a hole; the file's end counts as one (lseek(2),
    /// <c>SEEK_HOLE</c>).</summary>
    public static long NextHole(SafeFileHandle file, long offset)
    {
        var found = Seek(file, offset, SeekHole);
        return found >= 0 ? found : long.MaxValue;
    }

    /// <summary>Lets a file share all blocks of another (ioctl_ficlone(2)).</summary>
    /// <returns>False where the host's file system cannot.</returns>
    public static bool TryClone(SafeFileHandle from, SafeFileHandle to) => Ioctl(to, CloneFile, from) == 0;

    /// <summary>Copies bytes to the same place of another file, in the kernel where it can (copy_file_range(2)).</summary>
    /// <returns>How many were copied, at least one.</returns>
    public static long CopyRange(SafeFileHandle from, SafeFileHandle to, long offset, long length)
    {
        var (source, target) = (offset, offset);
        var copied = CopyFileRange(from, ref source, to, ref target, (nuint)length, 0);
        if (copied > 0)
        {
            return copied;
        }

        // Between some file systems, and on old kernels, the call does not work.
        var buffer = new byte[Math.Min(length, CopyBufferBytes)];
        var read = RandomAccess.Read(from, buffer, offset);
        RandomAccess.Write(to, buffer.AsSpan(0, read), offset);
        return read > 0 ? read : throw new IOException("the disk became shorter while it was copied");
    }

    /// <summary>Deallocates a range of a file (fallocate(2)); writes zeros where the file system cannot.</summary>
    public static void PunchHole(SafeFileHandle file, long offset, long length)
    {
        if (Fallocate(file, FallocPunchHole | FallocKeepSize, offset, length) == 0)
        {
            return;
        }

        if (Marshal.GetLastPInvokeError() != ErrorNumber.NotSupported)
        {
            throw Failure("fallocate");
        }

        var zeros = new byte[Math.Min(length, CopyBufferBytes)];
        for (var done = 0L; done < length; done += zeros.Length)
        {
            RandomAccess.Write(file, zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - done)), offset + done);
        }
    }

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeFileHandle file, nuint request, SafeFileHandle argument);

    [LibraryImport("libc", EntryPoint = "copy_file_range", SetLastError = true)]
    private static partial nint CopyFileRange(SafeFileHandle from, ref long fromOffset, SafeFileHandle to, ref long toOffset, nuint length, uint flags);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Fallocate(SafeFileHandle file, int mode, long offset, long length);
}
