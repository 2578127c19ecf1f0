using System.Net.Sockets;

namespace Loam.Machines.Machine;

/// <summary>Copies what a guest's program wrote. A port has no end of its own: the agent says afterwards how many bytes
/// there were.</summary>
internal static class PortReader
{
    private const int BufferBytes = 64 << 10;

    /// <summary>Copies until as many bytes have come as there were.</summary>
    /// <param name="port">The port.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="length">How many there were, once that is known.</param>
    /// <param name="broken">Called once when nobody reads any more; what follows is dropped.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task CopyAsync(Socket port, Stream to, Task<long> length, Func<Task> broken, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        var dropped = false;
        for (var seen = 0L; ;)
        {
            var reading = port.ReceiveAsync(buffer.AsMemory(), cancellationToken).AsTask();
            await Task.WhenAny(reading, length).ConfigureAwait(false);
            if (length.IsCompletedSuccessfully && seen >= await length.ConfigureAwait(false))
            {
                return;
            }

            var read = await reading.ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }

            seen += read;
            if (dropped)
            {
                continue;
            }

            try
            {
                await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                await to.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (IOException)
            {
                dropped = true;
                await broken().ConfigureAwait(false);
            }
        }
    }
}
