using System.Globalization;
using System.Net.Sockets;
using Loam.Files;
using Microsoft.Win32.SafeHandles;

namespace Loam.Machines.Machine;

/// <summary>A folder that sockets are named in. The name of a socket holds 107 bytes at most (unix(7)), and a state
/// folder's path may be longer: it is named by an open handle.</summary>
internal sealed class SocketFolder : IDisposable
{
    private readonly SafeFileHandle _folder;

    private SocketFolder(SafeFileHandle folder) => _folder = folder;

    public static SocketFolder Open(string path) => new(Libc.OpenDirectory(path));

    /// <summary>The address of a socket in the folder, good while this is open.</summary>
    public UnixDomainSocketEndPoint EndPoint(string name) =>
        new(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_folder.DangerousGetHandle()}/{name}"));

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
