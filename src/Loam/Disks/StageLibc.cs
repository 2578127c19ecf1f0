using System.Runtime.InteropServices;

namespace Loam.Disks;

/// <summary>The calls that make files with any name, owner and attribute; paths are bytes that end in a NUL.</summary>
internal static partial class StageLibc
{
    public const int CurrentDirectory = -100; // AT_FDCWD
    public const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    public const int NotPermitted = 1; // EPERM

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true)]
    public static partial int MakeDirectory(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial Microsoft.Win32.SafeHandles.SafeFileHandle Open(byte[] path, int flags, uint mode);

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

    /// <param name="folder">Where relative paths begin.</param>
    /// <param name="path">The file.</param>
    /// <param name="times">Access and change, seconds and nanoseconds each.</param>
    /// <param name="flags">Whether a link is followed.</param>
    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    public static partial int SetTimes(int folder, byte[] path, long[] times, int flags);

    [LibraryImport("libc", EntryPoint = "remove", SetLastError = true)]
    public static partial int Remove(byte[] path);
}
