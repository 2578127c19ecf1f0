using System.Runtime.InteropServices;
using System.Text;
using Loam.Filesystems.Tree;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems.Host;

/// <summary>An open folder of this host and what is done in it. Every name is one part of a path, so nothing leads out of the
/// folder, and a symbolic link is never followed.</summary>
internal sealed class HostFolder : IDisposable
{
    /// <summary>What the owner of a folder needs to read and to change it.</summary>
    public const ushort OwnersAll = 0b111_000_000;

    private static readonly byte[] Itself = [(byte)'.', 0];

    private readonly SafeFileHandle _handle;

    private HostFolder(SafeFileHandle handle, string path) => (_handle, Path) = (handle, path);

    /// <summary>Where it was found; for messages.</summary>
    public string Path { get; }

    /// <summary>Opens a folder; symbolic links to it are followed.</summary>
    /// <exception cref="IOException">There is none, or it is something else.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static HostFolder Open(string path)
    {
        var handle = Libc.Open(path, Libc.ReadOnly | Libc.DirectoryOnly | Libc.CloseOnExec, 0);
        return handle.IsInvalid ? throw Failure(handle, $"open {path}") : new HostFolder(handle, path);
    }

    /// <summary>Opens a folder in this one.</summary>
    public HostFolder OpenFolder(ReadOnlySpan<byte> name)
    {
        var handle = Libc.OpenAt(_handle, Terminated(name), Libc.ReadOnly | Libc.DirectoryOnly | Libc.NoFollow | Libc.CloseOnExec, 0);
        return handle.IsInvalid ? throw Failure(handle, $"open {PathOf(name)}") : new HostFolder(handle, PathOf(name));
    }

    /// <summary>The names in it, in byte order.</summary>
    public List<byte[]> Names()
    {
        using var again = Again();
        var names = Libc.ReadNames(again._handle) ?? throw Libc.Failure($"readdir {Path}");
        names.Sort(NameComparer.Instance);
        return names;
    }

    /// <summary>What a name leads to; of a link, the link itself. Null where there is nothing.</summary>
    public HostStatus? Status(ReadOnlySpan<byte> name) => Status(Terminated(name), name);

    /// <summary>What the folder itself is.</summary>
    public HostStatus Status() => Status(Itself, []) ?? throw Libc.Failure($"stat {Path}");

    /// <summary>Opens a file for reading. It may be something else by now: see <see cref="StatusOf"/>.</summary>
    public SafeFileHandle OpenFile(ReadOnlySpan<byte> name)
    {
        // A pipe in its place would wait for a writer.
        var file = Libc.OpenAt(_handle, Terminated(name), Libc.ReadOnly | Libc.NoFollow | Libc.NonBlocking | Libc.CloseOnExec, 0);
        return file.IsInvalid ? throw Failure(file, $"open {PathOf(name)}") : file;
    }

    /// <summary>What an open file is.</summary>
    public static HostStatus StatusOf(SafeFileHandle file)
    {
        Span<byte> buffer = stackalloc byte[HostStatus.Bytes];
        return Libc.Statx(file, [0], Libc.EmptyPathAt, HostStatus.Mask, buffer) == 0 ? new HostStatus(buffer) : throw Libc.Failure("stat");
    }

    /// <summary>The target of a symbolic link.</summary>
    public byte[] ReadLink(ReadOnlySpan<byte> name)
    {
        Span<byte> buffer = stackalloc byte[TreePath.MaximumLength];
        var length = Libc.ReadLinkAt(_handle, Terminated(name), buffer, (nuint)buffer.Length);
        return length >= 0 ? buffer[..(int)length].ToArray() : throw Libc.Failure($"readlink {PathOf(name)}");
    }

    /// <summary>The names of a file's extended attributes; of a link, its own.</summary>
    public List<byte[]> XAttrNames(ReadOnlySpan<byte> name)
    {
        var path = ProcPath(name);
        var bytes = Fill(buffer => Libc.ListXAttrs(path, buffer, (nuint)buffer.Length), "listxattr", name) ?? [];
        var names = new List<byte[]>();
        foreach (var range in bytes.AsSpan().Split((byte)0))
        {
            if (!bytes.AsSpan()[range].IsEmpty)
            {
                names.Add(bytes[range]);
            }
        }

        return names;
    }

    /// <summary>The value of an extended attribute; null where it is gone.</summary>
    public byte[]? XAttr(ReadOnlySpan<byte> name, byte[] attribute)
    {
        var path = ProcPath(name);
        return Fill(buffer => Libc.GetXAttr(path, [.. attribute, 0], buffer, (nuint)buffer.Length), "getxattr", name);
    }

    /// <summary>Makes a folder that only its owner can enter.</summary>
    public void MakeFolder(ReadOnlySpan<byte> name) => Check(Libc.MakeDirectoryAt(_handle, Terminated(name), OwnersAll), "mkdir", name);

    /// <summary>Makes a file that only its owner can use, and opens it for writing.</summary>
    public SafeFileHandle MakeFile(ReadOnlySpan<byte> name)
    {
        var flags = Libc.WriteOnly | Libc.Create | Libc.Exclusive | Libc.NoFollow | Libc.CloseOnExec;
        var file = Libc.OpenAt(_handle, Terminated(name), flags, 0b110_000_000);
        return file.IsInvalid ? throw Failure(file, $"open {PathOf(name)}") : file;
    }

    public void MakeLink(ReadOnlySpan<byte> name, ReadOnlySpan<byte> target) =>
        Check(Libc.SymlinkAt([.. target, 0], _handle, Terminated(name)), "symlink", name);

    /// <summary>Gives a file of another folder a further name in this one.</summary>
    public void MakeHardLink(ReadOnlySpan<byte> name, HostFolder folder, ReadOnlySpan<byte> existing) =>
        Check(Libc.LinkAt(folder._handle, Terminated(existing), _handle, Terminated(name), 0), "link", name);

    /// <summary>Makes a device, a pipe or a socket.</summary>
    /// <returns>False where that takes more rights than there are.</returns>
    public bool TryMakeNode(ReadOnlySpan<byte> name, ushort mode, uint device) =>
        Permitted(Libc.MakeNodeAt(_handle, Terminated(name), mode, device), "mknod", name);

    /// <summary>Gives a file, or with no name the folder itself, to somebody.</summary>
    /// <returns>False where that takes more rights than there are.</returns>
    public bool TryChangeOwner(ReadOnlySpan<byte> name, uint uid, uint gid) =>
        Permitted(Libc.ChangeOwnerAt(_handle, NameOrItself(name), uid, gid, Libc.NoFollowAt), "chown", name);

    /// <summary>Sets an attribute of a file, or with no name of the folder itself.</summary>
    /// <returns>False where that takes more rights than there are, or the file system cannot.</returns>
    public bool TrySetXAttr(ReadOnlySpan<byte> name, XAttr attribute)
    {
        var result = Libc.SetXAttr(ProcPath(name), [.. Encoding.UTF8.GetBytes(attribute.Name), 0], attribute.Value.Span, (nuint)attribute.Value.Length, 0);
        return (result == 0 || Marshal.GetLastPInvokeError() != ErrorNumber.NotSupported) && Permitted(result, $"setxattr {attribute.Name} of", name);
    }

    /// <summary>Sets the permissions of a file that is not a link; without a name, of the folder itself.</summary>
    public void ChangeMode(ReadOnlySpan<byte> name, ushort permissions)
    {
        // fchmodat(2) would follow a link that took the file's place.
        using var file = Libc.OpenAt(_handle, NameOrItself(name), Libc.PathOnly | Libc.NoFollow | Libc.CloseOnExec, 0);
        Check(file.IsInvalid ? -1 : 0, "open", name);
        Check(Libc.ChangeMode($"/proc/self/fd/{file.DangerousGetHandle()}", permissions), "chmod", name);
    }

    /// <summary>Sets the times of a file, or with no name of the folder itself.</summary>
    public void SetTime(ReadOnlySpan<byte> name, Timestamp time) =>
        Check(
            Libc.SetTimesAt(_handle, NameOrItself(name), [time.Seconds, time.Nanoseconds, time.Seconds, time.Nanoseconds], Libc.NoFollowAt),
            "utimensat",
            name);

    /// <summary>Gives a file another name in this folder, which must be free.</summary>
    public void Rename(ReadOnlySpan<byte> name, ReadOnlySpan<byte> newName)
    {
        var (from, to) = (Terminated(name), Terminated(newName));
        var result = Libc.RenameAt2(_handle, from, _handle, to, Libc.NoReplace);
        if (result != 0 && Marshal.GetLastPInvokeError() is ErrorNumber.InvalidArgument or ErrorNumber.NotImplemented)
        {
            // Not every file system can do that in one step.
            RefuseExisting(newName);
            result = Libc.RenameAt(_handle, from, _handle, to);
        }

        Check(result, "rename", newName);
    }

    /// <summary>Fails if a name is taken.</summary>
    public void RefuseExisting(ReadOnlySpan<byte> name)
    {
        if (Status(name) is not null)
        {
            throw new IOException($"{PathOf(name)} already exists", ErrorNumber.Exists);
        }
    }

    /// <summary>Removes a name, and a folder with all that is in it.</summary>
    public void Remove(ReadOnlySpan<byte> name)
    {
        if (Status(name) is not { } status)
        {
            return;
        }

        var top = TreePath.Root.Append(name);
        var folders = new List<TreePath>();
        Take(this, top, status);
        using var cursor = new FolderCursor(this);
        for (var i = 0; i < folders.Count; i++)
        {
            var folder = cursor.Open(folders[i]);
            foreach (var below in folder.Names())
            {
                Take(folder, folders[i].Append(below), folder.Status(below) ?? throw Libc.Failure($"stat {folder.PathOf(below)}"));
            }
        }

        foreach (var path in Enumerable.Reverse(folders))
        {
            var parent = cursor.Open(path.Parent);
            parent.Check(Libc.UnlinkAt(parent._handle, Terminated(path.Name), Libc.RemoveDirectoryAt), "rmdir", path.Name);
        }

        void Take(HostFolder folder, TreePath path, HostStatus found)
        {
            if (found.Kind != ModeBits.Directory)
            {
                folder.Check(Libc.UnlinkAt(folder._handle, Terminated(path.Name), 0), "unlink", path.Name);
                return;
            }

            // Whoever is not root may be shut out of what belongs to it.
            folder.ChangeMode(path.Name, (ushort)(found.Permissions | OwnersAll));
            folders.Add(path);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>A path's bytes as a person can read them, behind the folder's.</summary>
    public string PathOf(ReadOnlySpan<byte> name) => name.IsEmpty ? Path : $"{Path.TrimEnd('/')}/{TreePath.Display(name)}";

    private HostFolder Again()
    {
        var handle = Libc.OpenAt(_handle, Itself, Libc.ReadOnly | Libc.DirectoryOnly | Libc.CloseOnExec, 0);
        return handle.IsInvalid ? throw Failure(handle, $"open {Path}") : new HostFolder(handle, Path);
    }

    private HostStatus? Status(byte[] terminated, ReadOnlySpan<byte> name)
    {
        Span<byte> buffer = stackalloc byte[HostStatus.Bytes];
        if (Libc.Statx(_handle, terminated, Libc.NoFollowAt, HostStatus.Mask, buffer) == 0)
        {
            return new HostStatus(buffer);
        }

        return Marshal.GetLastPInvokeError() == ErrorNumber.NoEntry ? null : throw Libc.Failure($"stat {PathOf(name)}");
    }

    /// <summary>Asks for bytes of unknown number until the buffer is large enough.</summary>
    /// <returns>Null where there is nothing of the kind.</returns>
    private byte[]? Fill(FillBuffer read, string what, ReadOnlySpan<byte> name)
    {
        for (var buffer = new byte[256]; ; buffer = new byte[buffer.Length * 8])
        {
            var length = read(buffer);
            if (length >= 0)
            {
                return buffer[..(int)length];
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case ErrorNumber.OutOfRange when buffer.Length <= 64 << 10:
                    break;
                case ErrorNumber.NoData or ErrorNumber.NotSupported:
                    return null;
                default:
                    throw Libc.Failure($"{what} {PathOf(name)}");
            }
        }
    }

    private delegate nint FillBuffer(Span<byte> buffer);

    private void Check(int result, string what, ReadOnlySpan<byte> name)
    {
        if (result != 0)
        {
            throw Libc.Failure($"{what} {PathOf(name)}");
        }
    }

    private bool Permitted(int result, string what, ReadOnlySpan<byte> name)
    {
        if (result != 0 && Marshal.GetLastPInvokeError() == ErrorNumber.NotPermitted && Libc.EffectiveUser() != Libc.Root)
        {
            return false;
        }

        Check(result, what, name);
        return true;
    }

    /// <summary>A path for the calls that take no handle; the kernel leads it through this one.</summary>
    private byte[] ProcPath(ReadOnlySpan<byte> name) => [.. Encoding.ASCII.GetBytes($"/proc/self/fd/{_handle.DangerousGetHandle()}/"), .. NameOrItself(name)];

    private static byte[] NameOrItself(ReadOnlySpan<byte> name) => name.IsEmpty ? Itself : Terminated(name);

    /// <summary>A name as the C library wants it.</summary>
    /// <exception cref="FilesystemException">It is not a file name.</exception>
    private static byte[] Terminated(ReadOnlySpan<byte> name)
    {
        DirectoryNode.CheckName(name);
        return [.. name, 0];
    }

    private static Exception Failure(SafeFileHandle invalid, string what)
    {
        invalid.Dispose();
        return Libc.Failure(what);
    }
}
