using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Loam.Cli.Output;

/// <summary>One of the program's standard streams, as a file descriptor. .NET's own streams read a terminal by lines, and
/// hide that the reader has gone away.</summary>
internal sealed partial class DescriptorStream(int descriptor) : Stream
{
    private const int Interrupted = 4; // EINTR
    private const int TryAgain = 11; // EAGAIN

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static DescriptorStream Input => new(0);

    public static DescriptorStream Output => new(1);

    public static DescriptorStream Error => new(2);

    public override bool CanRead => descriptor == 0;

    public override bool CanSeek => false;

    public override bool CanWrite => descriptor != 0;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        nint read;
        while ((read = Read(descriptor, buffer, (nuint)buffer.Length)) < 0)
        {
            Retry("stdin");
        }

        return (int)read;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var written = Write(descriptor, buffer, (nuint)buffer.Length);
            if (written < 0)
            {
                Retry(descriptor == 1 ? "stdout" : "stderr");
                continue;
            }

            buffer = buffer[(int)written..];
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Waits after what is not a failure: the parent process may have made the descriptor non-blocking.</summary>
    private static void Retry(string what)
    {
        switch (Marshal.GetLastPInvokeError())
        {
            case Interrupted:
                return;
            case TryAgain:
                Thread.Sleep(Pause);
                return;
            case var error:
                throw new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(error)}", new Win32Exception(error));
        }
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, Span<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ReadOnlySpan<byte> buffer, nuint count);
}
