using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Loam.Files;

/// <content>What the kernel knows of a file (statx(2)).</content>
internal static partial class Libc
{
    private const int AtEmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint StatxType = 1; // STATX_TYPE
    private const uint StatxLinks = 4; // STATX_NLINK
    private const uint StatxBasic = 0x7FF; // STATX_BASIC_STATS
    private const int TypeMask = 0xF000; // S_IFMT
    private const int TypeRegular = 0x8000; // S_IFREG
    private const int NonBlocking = 0x800; // O_NONBLOCK

    private const int StatxBytes = 256; // sizeof(struct statx)
    private const int LinksOffset = 16; // stx_nlink
    private const int OwnerOffset = 20; // stx_uid
    private const int ModeOffset = 28; // stx_mode
    private const int SizeOffset = 40; // stx_size
    private const int BlocksOffset = 48; // stx_blocks
    private const int ModifiedOffset = 112; // stx_mtime.tv_sec
    private const int BlockBytes = 512;

    /// <summary>The status of a name, links followed; null where there is none.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static FileStatus? Status(string path)
    {
        Span<byte> buffer = stackalloc byte[StatxBytes];
        return ReadStatus(StatxAt(CurrentDirectory, path, 0, StatxBasic, buffer), path, buffer);
    }

    /// <summary>The status of a name in an open directory: the kernel need not look up the way there.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static FileStatus? Status(SafeFileHandle directory, string name)
    {
        Span<byte> buffer = stackalloc byte[StatxBytes];
        return ReadStatus(Statx(directory, name, 0, StatxBasic, buffer), name, buffer);
    }

    /// <summary>Whether an open file still has a name.</summary>
    public static bool IsLinked(SafeFileHandle file)
    {
        Span<byte> buffer = stackalloc byte[StatxBytes];
        if (Statx(file, "", AtEmptyPath, StatxLinks, buffer) != 0)
        {
            throw Failure("statx");
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(buffer[LinksOffset..]) > 0;
    }

    /// <summary>Opens a regular file for reading, without waiting where it is a pipe or a device (open(2), O_NONBLOCK).</summary>
    /// <returns>Null where it is not a regular file.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle? OpenRegular(string path)
    {
        var file = Open(path, CloseOnExec | NonBlocking, 0);
        if (file.IsInvalid)
        {
            throw Failure($"open {path}");
        }

        Span<byte> buffer = stackalloc byte[StatxBytes];
        if (Statx(file, "", AtEmptyPath, StatxType, buffer) == 0
            && (BinaryPrimitives.ReadUInt16LittleEndian(buffer[ModeOffset..]) & TypeMask) == TypeRegular)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Whether a path leads to a regular file.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static bool IsRegular(string path)
    {
        using var file = OpenRegular(path);
        return file is not null;
    }

    private static FileStatus? ReadStatus(int result, string name, ReadOnlySpan<byte> buffer)
    {
        if (result != 0)
        {
            return Marshal.GetLastPInvokeError() is NoEntry or NotADirectory ? null : throw Failure($"stat {name}");
        }

        return new FileStatus(
            BinaryPrimitives.ReadInt64LittleEndian(buffer[SizeOffset..]),
            BinaryPrimitives.ReadInt64LittleEndian(buffer[BlocksOffset..]) * BlockBytes,
            BinaryPrimitives.ReadUInt32LittleEndian(buffer[OwnerOffset..]),
            DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64LittleEndian(buffer[ModifiedOffset..])));
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle file, string path, int flags, uint mask, Span<byte> buffer);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatxAt(int directory, string path, int flags, uint mask, Span<byte> buffer);
}
