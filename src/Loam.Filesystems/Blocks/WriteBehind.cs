using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Loam.Filesystems.Blocks;

/// <summary>Writes full buffers on another thread, one after another, while the next ones are being filled.</summary>
/// <param name="bytes">The size of a buffer.</param>
/// <param name="write">Writes the first bytes of a buffer at an offset.</param>
internal sealed class WriteBehind(int bytes, WriteBehind.Writer write)
{
    private const int Buffers = 4;

    private readonly BlockingCollection<byte[]> _free = [.. Enumerable.Range(0, Buffers).Select(_ => GC.AllocateUninitializedArray<byte>(bytes))];
    private readonly Lock _draining = new();
    private Task _last = Task.CompletedTask;
    private volatile ExceptionDispatchInfo? _failure;

    /// <summary>Writes bytes to the disk.</summary>
    public delegate void Writer(long offset, ReadOnlySpan<byte> data);

    /// <summary>A buffer to fill; waits while all are on their way.</summary>
    /// <exception cref="IOException">An earlier write failed.</exception>
    public byte[] Take()
    {
        _failure?.Throw();
        return _free.Take();
    }

    /// <summary>Sends a buffer on its way; it comes back by itself.</summary>
    public void Send(byte[] buffer, int length, long offset) => _last = WriteAsync(_last, buffer, length, offset);

    /// <summary>Waits until all that was sent is written; any number may wait at once.</summary>
    /// <param name="held">How many buffers the caller holds.</param>
    /// <exception cref="IOException">A write failed.</exception>
    public void Drain(int held)
    {
        // Two at once would each hold what the other waits for.
        lock (_draining)
        {
            var all = new byte[Buffers - held][];
            for (var i = 0; i < all.Length; i++)
            {
                all[i] = _free.Take();
            }

            foreach (var buffer in all)
            {
                _free.Add(buffer);
            }
        }

        _failure?.Throw();
    }

    private async Task WriteAsync(Task before, byte[] buffer, int length, long offset)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            if (_failure is null)
            {
                write(offset, buffer.AsSpan(0, length));
            }
        }
#pragma warning disable CA1031 // Whatever it is, whoever fills the next buffer is to see it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            _free.Add(buffer);
        }
    }
}
