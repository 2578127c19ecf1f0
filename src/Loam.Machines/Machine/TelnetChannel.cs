using System.Net.Sockets;

namespace Loam.Machines.Machine;

/// <summary>A terminal's bytes as busybox's telnetd carries them (RFC 854), with the window's size (RFC 1073) and, from
/// the agent, the end (RFC 885).</summary>
internal sealed class TelnetChannel(Socket port) : IDisposable
{
    private const byte Interpret = 255; // IAC
    private const byte WillUse = 251;
    private const byte DontUse = 254;
    private const byte SubStart = 250;
    private const byte SubEnd = 240;
    private const byte EndOfRecord = 239;
    private const byte Window = 31; // NAWS
    private const byte Mark = 1;
    private const int BufferBytes = 16 << 10;

    private readonly SemaphoreSlim _sending = new(1);

    /// <summary>Tells the window's size.</summary>
    public Task ResizeAsync(WindowSize size, CancellationToken cancellationToken)
    {
        var message = new List<byte> { Interpret, SubStart, Window };
        foreach (var part in new[] { (byte)(size.Columns >> 8), (byte)size.Columns, (byte)(size.Rows >> 8), (byte)size.Rows })
        {
            Append(message, part);
        }

        message.AddRange([Interpret, SubEnd]);
        return SendAsync(message.ToArray(), cancellationToken);
    }

    /// <summary>Copies what is typed.</summary>
    public async Task CopyInputAsync(Stream from, CancellationToken cancellationToken)
    {
        try
        {
            var buffer = new byte[BufferBytes];
            for (int read; (read = await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
            {
                var message = new List<byte>(read);
                foreach (var value in buffer.AsSpan(0, read))
                {
                    Append(message, value);
                }

                await SendAsync(message.ToArray(), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The program has ended.
        }
    }

    /// <summary>Copies what is shown, until the end.</summary>
    public async Task CopyOutputAsync(Stream to, CancellationToken cancellationToken)
    {
        var (raw, shown) = (new byte[BufferBytes], new byte[BufferBytes]);
        var (state, begun) = (State.Text, false);
        try
        {
            for (int read; (read = await port.ReceiveAsync(raw.AsMemory(), cancellationToken).ConfigureAwait(false)) > 0;)
            {
                var count = 0;
                for (var i = 0; i < read && state != State.Ended; i++)
                {
                    if (state == State.Text && raw[i] != Interpret || state == State.Command && raw[i] == Interpret)
                    {
                        // The agent's mark: what came before it was telnetd's.
                        if (begun)
                        {
                            shown[count++] = raw[i];
                        }

                        begun |= raw[i] == Mark;
                        state = State.Text;
                    }
                    else
                    {
                        state = Next(state, raw[i]);
                    }
                }

                await to.WriteAsync(shown.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                await to.FlushAsync(cancellationToken).ConfigureAwait(false);
                if (state == State.Ended)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The machine has ended.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _sending.Dispose();

    // What telnetd offers and asks for is what this side does anyway, so nothing is answered.
    private static State Next(State state, byte value) => (state, value) switch
    {
        (State.Text, _) => State.Command,
        (State.Command, >= WillUse and <= DontUse) => State.Option,
        (State.Command, SubStart) => State.Sub,
        (State.Command, EndOfRecord) => State.Ended,
        (State.Sub, Interpret) => State.SubCommand,
        (State.Sub, _) => State.Sub,
        (State.SubCommand, not SubEnd) => State.Sub,
        _ => State.Text,
    };

    private static void Append(List<byte> message, byte value)
    {
        message.Add(value);
        if (value == Interpret)
        {
            message.Add(value);
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await port.SendAsync(bytes, cancellationToken).ConfigureAwait(false)..];
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    private enum State
    {
        Text,
        Command,
        Option,
        Sub,
        SubCommand,
        Ended,
    }
}
