using Loam.Files;
using Loam.Streams;
using Microsoft.Win32.SafeHandles;

namespace Loam.Archives;

/// <summary>A pipe or file that is read by its descriptor. Waiting for bytes ends when it is cancelled, which a plain
/// read of a pipe does not.</summary>
internal sealed class StandardInput(SafeFileHandle file, CancellationToken cancellationToken) : ReadOnlyStream
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>The process's own standard input.</summary>
    public static StandardInput Open(CancellationToken cancellationToken) => new(new SafeFileHandle(0, ownsHandle: false), cancellationToken);

    public override int Read(Span<byte> buffer)
    {
        while (!Libc.WaitReadable(file, LookEvery))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return Libc.Read(file, buffer);
    }
}
