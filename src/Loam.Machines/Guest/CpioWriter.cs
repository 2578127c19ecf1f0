using System.Globalization;
using System.Text;

namespace Loam.Machines.Guest;

/// <summary>Writes the archive that the kernel unpacks as its first root: cpio, "newc" (kernel,
/// <c>Documentation/driver-api/early-userspace/buffer-format.rst</c>). Times are the epoch and owners root, so equal
/// content gives equal bytes.</summary>
internal sealed class CpioWriter(Stream output)
{
    private const int RegularFile = 0x8000;
    private const int Directory = 0x4000;
    private const int SymbolicLink = 0xA000;
    private const int Alignment = 4;
    private const int BlockSize = 512;

    private long _written;
    private int _inode;

    /// <summary>Adds a folder; those above it come first.</summary>
    public void AddDirectory(string path) => Add(path, Directory | 0b111_101_101, []);

    /// <summary>Adds a file.</summary>
    public void AddFile(string path, ReadOnlySpan<byte> content, bool executable = false) =>
        Add(path, RegularFile | (executable ? 0b111_101_101 : 0b110_100_100), content);

    /// <summary>Adds a symbolic link.</summary>
    public void AddLink(string path, string target) => Add(path, SymbolicLink | 0b111_111_111, Encoding.UTF8.GetBytes(target));

    /// <summary>Ends the archive.</summary>
    public void Finish()
    {
        _inode = -1;
        Add("TRAILER!!!", 0, []);
        Pad(BlockSize);
    }

    private void Add(string path, int mode, ReadOnlySpan<byte> content)
    {
        var name = Encoding.UTF8.GetBytes(path + '\0');
        _inode++;

        // inode, mode, uid, gid, links, time, size, device and special device (major, minor each), name, checksum
        int[] fields = [_inode, mode, 0, 0, 1, 0, content.Length, 0, 0, 0, 0, name.Length, 0];
        Write("070701"u8);
        foreach (var field in fields)
        {
            Write(Encoding.ASCII.GetBytes(field.ToString("X8", CultureInfo.InvariantCulture)));
        }

        Write(name);
        Pad(Alignment);
        Write(content);
        Pad(Alignment);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        _written += bytes.Length;
    }

    private void Pad(int alignment)
    {
        Span<byte> zeros = stackalloc byte[BlockSize];
        zeros.Clear();
        Write(zeros[..(int)((alignment - _written % alignment) % alignment)]);
    }
}
