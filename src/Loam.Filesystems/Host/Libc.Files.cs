using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems.Host;

/// <summary>Files in an open folder, and their owners, modes, times and attributes.</summary>
internal static partial class Libc
{
    public const uint Root = 0; // the user who may do everything

    public const int ReadOnly = 0; // O_RDONLY
    public const int WriteOnly = 1; // O_WRONLY
    public const int Create = 0x40; // O_CREAT
    public const int Exclusive = 0x80; // O_EXCL
    public const int NonBlocking = 0x800; // O_NONBLOCK
    public const int CloseOnExec = 0x8_0000; // O_CLOEXEC
    public const int PathOnly = 0x20_0000; // O_PATH

    public const int NoFollowAt = 0x100; // AT_SYMLINK_NOFOLLOW
    public const int RemoveDirectoryAt = 0x200; // AT_REMOVEDIR
    public const int EmptyPathAt = 0x1000; // AT_EMPTY_PATH
    public const uint NoReplace = 1; // RENAME_NOREPLACE

    // These two differ between processors (asm/fcntl.h).
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    public static int DirectoryOnly { get; } = IsArm ? 0x4000 : 0x1_0000; // O_DIRECTORY

    public static int NoFollow { get; } = IsArm ? 0x8000 : 0x2_0000; // O_NOFOLLOW

    /// <summary>The user that the calling thread acts as (geteuid(2)).</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    public static partial SafeFileHandle OpenAt(SafeFileHandle folder, byte[] name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static partial int Statx(SafeFileHandle folder, byte[] name, int flags, uint mask, Span<byte> buffer);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadLinkAt(SafeFileHandle folder, byte[] name, Span<byte> buffer, nuint bytes);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MakeDirectoryAt(SafeFileHandle folder, byte[] name, uint mode);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int SymlinkAt(byte[] target, SafeFileHandle folder, byte[] name);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true)]
    public static partial int LinkAt(SafeFileHandle folder, byte[] existing, SafeFileHandle newFolder, byte[] name, int flags);

    [LibraryImport("libc", EntryPoint = "mknodat", SetLastError = true)]
    public static partial int MakeNodeAt(SafeFileHandle folder, byte[] name, uint mode, ulong device);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(SafeFileHandle folder, byte[] name, int flags);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    public static partial int RenameAt2(SafeFileHandle folder, byte[] name, SafeFileHandle newFolder, byte[] newName, uint flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    public static partial int RenameAt(SafeFileHandle folder, byte[] name, SafeFileHandle newFolder, byte[] newName);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true)]
    public static partial int ChangeOwnerAt(SafeFileHandle folder, byte[] name, uint uid, uint gid, int flags);

    /// <summary>chmod(2) of a path that leads through <c>/proc/self/fd</c>.</summary>
    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeMode(string path, uint mode);

    /// <param name="folder">Where the name stands.</param>
    /// <param name="name">The file.</param>
    /// <param name="times">Access and change, seconds and nanoseconds each.</param>
    /// <param name="flags">Whether a link is followed.</param>
    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    public static partial int SetTimesAt(SafeFileHandle folder, byte[] name, ReadOnlySpan<long> times, int flags);

    [LibraryImport("libc", EntryPoint = "llistxattr", SetLastError = true)]
    public static partial nint ListXAttrs(byte[] path, Span<byte> names, nuint bytes);

    [LibraryImport("libc", EntryPoint = "lgetxattr", SetLastError = true)]
    public static partial nint GetXAttr(byte[] path, byte[] name, Span<byte> value, nuint bytes);

    [LibraryImport("libc", EntryPoint = "lsetxattr", SetLastError = true)]
    public static partial int SetXAttr(byte[] path, byte[] name, ReadOnlySpan<byte> value, nuint bytes, int flags);
}
