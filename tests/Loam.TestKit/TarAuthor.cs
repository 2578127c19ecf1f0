using System.Text;
using Loam.Filesystems;
using Loam.Layers;

namespace Loam.TestKit;

/// <summary>Writes tar archives for tests, entry by entry; names are Latin-1, so that any byte can be written.</summary>
public sealed class TarAuthor
{
    private static readonly string[] Applets =
    [
        "sh", "cat", "id", "echo", "env", "grep", "pwd", "head", "sleep", "mkdir", "chown", "ln", "rm", "dd", "touch", "hostname", "tty", "stty",
        "yes", "sync", "true",
    ];

    private readonly MemoryStream _output = new();
    private readonly TarWriter _writer;

    public TarAuthor() => _writer = new TarWriter(_output);

    public TarAuthor Directory(string path, ushort mode = 0b111_101_101, uint uid = 0, uint gid = 0, long time = 1_700_000_000, params XAttr[] xattrs) =>
        Add(TarType.Directory, path, mode, uid, gid, new Timestamp(time, 0), xattrs: xattrs);

    public TarAuthor File(
        string path, string content = "", ushort mode = 0b110_100_100, uint uid = 0, uint gid = 0, long time = 1_700_000_000, uint nanoseconds = 0,
        params XAttr[] xattrs) =>
        File(path, Encoding.Latin1.GetBytes(content), mode, uid, gid, time, nanoseconds, xattrs);

    public TarAuthor File(
        string path, byte[] content, ushort mode = 0b110_100_100, uint uid = 0, uint gid = 0, long time = 1_700_000_000, uint nanoseconds = 0,
        params XAttr[] xattrs)
    {
        Add(TarType.RegularFile, path, mode, uid, gid, new Timestamp(time, nanoseconds), size: content.Length, xattrs: xattrs);
        if (content.Length > 0)
        {
            _writer.WriteContent(content);
        }

        return this;
    }

    public TarAuthor HardLink(string path, string target) => Add(TarType.HardLink, path, 0b110_100_100, 0, 0, new Timestamp(1_700_000_000, 0), target);

    public TarAuthor Symlink(string path, string target) => Add(TarType.SymbolicLink, path, 0b111_111_111, 0, 0, new Timestamp(1_700_000_000, 0), target);

    public TarAuthor Fifo(string path) => Add(TarType.Fifo, path, 0b110_100_100, 0, 0, new Timestamp(1_700_000_000, 0));

    public TarAuthor Device(string path, bool block, uint major, uint minor) =>
        Add(block ? TarType.BlockDevice : TarType.CharacterDevice, path, 0b110_000_000, 0, 6, new Timestamp(1_700_000_000, 0), major: major, minor: minor);

    public TarAuthor Whiteout(string path)
    {
        var slash = path.LastIndexOf('/') + 1;
        return File(path[..slash] + ".wh." + path[slash..]);
    }

    public TarAuthor Opaque(string directory) => File(directory + "/.wh..wh..opq");

    /// <summary>A folder <c>bin</c> with busybox in it, under the names of what a guest's shell needs.</summary>
    public TarAuthor Busybox(byte[] program)
    {
        Directory("bin").File("bin/busybox", program, 0b111_101_101);
        foreach (var applet in Applets)
        {
            Symlink($"bin/{applet}", "busybox");
        }

        return this;
    }

    /// <summary>Bytes that are no entry.</summary>
    public TarAuthor Raw(byte[] bytes)
    {
        _output.Write(bytes);
        return this;
    }

    /// <summary>The archive, ended.</summary>
    public byte[] End()
    {
        _writer.Finish();
        return _output.ToArray();
    }

    private TarAuthor Add(
        TarType type, string path, ushort mode, uint uid, uint gid, Timestamp time, string target = "", long size = 0, uint major = 0, uint minor = 0,
        XAttr[]? xattrs = null)
    {
        _writer.Write(new TarEntry
        {
            Type = type,
            Path = Encoding.Latin1.GetBytes(path),
            LinkTarget = Encoding.Latin1.GetBytes(target),
            Permissions = mode,
            Uid = uid,
            Gid = gid,
            Modified = time,
            Size = size,
            DeviceMajor = major,
            DeviceMinor = minor,
            XAttrs = xattrs ?? [],
        });
        return this;
    }
}
