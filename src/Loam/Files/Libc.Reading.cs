using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Loam.Files;

/// <content>Reading from pipes and terminals, which .NET's streams cannot be kept from waiting for.</content>
internal static partial class Libc
{
    private const short PollIn = 1; // POLLIN

    /// <summary>Waits until a read would not block (poll(2)).</summary>
    /// <returns>False if that took longer than allowed.</returns>
    /// <exception cref="IOException">It cannot be waited for.</exception>
    public static bool WaitReadable(SafeFileHandle file, TimeSpan limit)
    {
        var wanted = new PollFile { File = (int)file.DangerousGetHandle(), Events = PollIn };
        var ready = Poll(ref wanted, 1, (int)limit.TotalMilliseconds);
        return ready >= 0 ? ready > 0 : Marshal.GetLastPInvokeError() == Interrupted ? false : throw Failure("poll");
    }

    /// <summary>Reads what has come (read(2)); 0 at the end.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static int Read(SafeFileHandle file, Span<byte> buffer)
    {
        while (true)
        {
            var read = ReadSome(file, buffer, (nuint)buffer.Length);
            if (read >= 0)
            {
                return (int)read;
            }

            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw Failure("read");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollFile files, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadSome(SafeFileHandle file, Span<byte> buffer, nuint count);

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollFile
    {
        public int File;
        public short Events;
        public short Returned;
    }
}
