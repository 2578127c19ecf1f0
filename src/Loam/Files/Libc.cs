using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Loam.Files;

/// <summary>The calls of Linux that .NET does not have; a file for each purpose. What all of them need is here.</summary>
internal static partial class Libc
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int CloseOnExec = 0x80000; // O_CLOEXEC, with O_RDONLY
    private const int OwnerOnly = 0b110_000_000;
    private const int NoEntry = 2; // ENOENT
    private const int Interrupted = 4; // EINTR
    private const int WouldBlock = 11; // EAGAIN
    private const int AccessDenied = 13; // EACCES
    private const int NotADirectory = 20; // ENOTDIR
    private const int ReadOnlyFileSystem = 30; // EROFS

    /// <summary>What the latest call says went wrong, as .NET's own calls would.</summary>
    private static IOException Failure(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(error)}", new Win32Exception(error));
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags, uint mode);
}
