using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Loam.Files;

/// <content>The calls that make files with any name, owner and attribute. Paths are bytes that end in a NUL; all return 0,
/// or −1 and leave the error for <see cref="Marshal.GetLastPInvokeError"/>.</content>
internal static partial class Libc
{
    public const int NotPermitted = 1; // EPERM

    private const int CreateForWriting = 1 | 0x40 | 0x80; // O_WRONLY | O_CREAT | O_EXCL

    /// <summary>Makes a file that did not exist (open(2)).</summary>
    public static SafeFileHandle CreateFile(byte[] path) => Open(path, CreateForWriting | CloseOnExec, OwnerOnly);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true)]
    public static partial int MakeDirectory(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "symlink", SetLastError = true)]
    public static partial int Symlink(byte[] target, byte[] path);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true)]
    public static partial int Link(byte[] existing, byte[] path);

    [LibraryImport("libc", EntryPoint = "mknod", SetLastError = true)]
    public static partial int MakeNode(byte[] path, uint mode, ulong device);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true)]
    public static partial int ChangeOwner(byte[] path, uint uid, uint gid);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true)]
    public static partial int ChangeMode(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "lsetxattr", SetLastError = true)]
    public static partial int SetXAttr(byte[] path, byte[] name, byte[] value, nuint size, int flags);

    /// <summary>Sets access and modification time; of a symbolic link, the link's own.</summary>
    public static int SetTimes(byte[] path, Filesystems.Timestamp time) =>
        SetTimes(CurrentDirectory, path, [time.Seconds, time.Nanoseconds, time.Seconds, time.Nanoseconds], AtNoFollow);

    [LibraryImport("libc", EntryPoint = "remove", SetLastError = true)]
    public static partial int Remove(byte[] path);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial SafeFileHandle Open(byte[] path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    private static partial int SetTimes(int directory, byte[] path, long[] times, int flags);
}
