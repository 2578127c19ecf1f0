using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Loam.Machines.Machine;

namespace Loam.Machines;

/// <summary>Where a guest's program has its streams.</summary>
/// <param name="Input">What it reads; null for nothing.</param>
/// <param name="Output">Where its stdout goes.</param>
/// <param name="Error">Where its stderr goes.</param>
/// <param name="Terminal">Whether the three are one terminal, of this size.</param>
public sealed record GuestStreams(Stream? Input, Stream Output, Stream Error, WindowSize? Terminal = null);

/// <summary>A terminal's size.</summary>
/// <param name="Columns">Characters in a row.</param>
/// <param name="Rows">Rows.</param>
public readonly record struct WindowSize(ushort Columns, ushort Rows);

/// <summary>One program in a running guest.</summary>
public class GuestSession : IDisposable
{
    private const string Control = "control";
    private const string Input = "stdin";
    private const string Output = "stdout";
    private const string Error = "stderr";
    private const string TerminalStream = "terminal";
    private const int MaximumLine = 4096;

    // The end of a terminal's output follows the program's exit by the time of one message.
    private static readonly TimeSpan TerminalEnd = TimeSpan.FromSeconds(2);

    private readonly GuestPorts _ports;
    private readonly SemaphoreSlim _orders = new(1);
    private readonly byte[] _line = new byte[MaximumLine];
    private TelnetChannel? _terminal;
    private int _lineLength;

    private GuestSession(GuestPorts ports) => _ports = ports;

    /// <summary>For tests that derive from this class.</summary>
    protected GuestSession() => _ports = null!;

    /// <summary>Starts a program.</summary>
    /// <param name="folder">The workspace's folder.</param>
    /// <param name="script">The agent's script; see <see cref="GuestProgram.Script"/>.</param>
    /// <param name="kind">Whether it has streams, a terminal, or the console's log.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.MachineLost"/>, <see cref="ErrorCodes.WorkspacePaused"/>.</exception>
    internal static async Task<GuestSession> StartAsync(string folder, string script, SessionKind kind, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("N")[..8];
        GuestPorts ports;
        using (var qmp = await Qmp.ConnectAsync(folder, QemuArguments.ControlName, cancellationToken).ConfigureAwait(false))
        {
            if (await VirtualMachine.IsPausedAsync(qmp, cancellationToken).ConfigureAwait(false))
            {
                throw new LoamException(ErrorCodes.WorkspacePaused, $"workspace {Path.GetFileName(folder)} is paused");
            }

            IReadOnlyList<string> streams = kind switch
            {
                SessionKind.Streams => [Input, Output, Error, Control],
                SessionKind.Terminal => [TerminalStream, Control],
                _ => [Control],
            };
            ports = await GuestPorts.AddAsync(qmp, folder, id, streams, kind == SessionKind.Detached ? [Output, Error] : [], cancellationToken)
                .ConfigureAwait(false);
        }

        var session = new GuestSession(ports);
        try
        {
            await SendAsync(ports[Control], GuestProgram.Frame(script), cancellationToken).ConfigureAwait(false);
            VirtualMachine.Order(folder, string.Create(CultureInfo.InvariantCulture, $"job {id} {kind.ToString().ToLowerInvariant()}"));
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Waits until the guest has taken the program on; a guest that boots does so when it is up.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.MachineLost"/>.</exception>
    internal async Task TakenAsync(CancellationToken cancellationToken)
    {
        if (await ReadLineAsync(cancellationToken).ConfigureAwait(false) is var line and not "started")
        {
            throw new LoamException(ErrorCodes.MachineLost, $"the guest's agent answered \"{line}\"");
        }
    }

    /// <summary>Carries the streams until the program has ended.</summary>
    /// <returns>Its exit code; 128 and the signal's number where one ended it.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.MachineLost"/>, <see cref="ErrorCodes.GuestCommandInvalid"/>.</exception>
    internal async Task<int> CompleteAsync(GuestStreams streams, CancellationToken cancellationToken)
    {
        if (streams.Terminal is { } size)
        {
            return await CompleteTerminalAsync(streams, size, cancellationToken).ConfigureAwait(false);
        }

        var (outputLength, errorLength) = (NewLength(), NewLength());
        var output = PortReader.CopyAsync(_ports[Output], streams.Output, outputLength.Task, () => SignalAsync("PIPE", cancellationToken), cancellationToken);
        var error = PortReader.CopyAsync(_ports[Error], streams.Error, errorLength.Task, () => SignalAsync("PIPE", cancellationToken), cancellationToken);
        var input = FeedAsync(streams.Input, cancellationToken);
        var end = await ReadEndAsync(cancellationToken).ConfigureAwait(false);
        outputLength.SetResult(end.Output);
        errorLength.SetResult(end.Error);
        await Task.WhenAll(output, error).ConfigureAwait(false);
        if (input.IsFaulted)
        {
            await input.ConfigureAwait(false);
        }

        return end.Code;
    }

    /// <summary>Waits for the end of a program whose streams lead nowhere.</summary>
    internal async Task<int> CompleteAsync(CancellationToken cancellationToken) =>
        (await ReadEndAsync(cancellationToken).ConfigureAwait(false)).Code;

    /// <summary>Sends a signal to the program and those it started.</summary>
    /// <param name="name">Without <c>SIG</c>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the signal was sent; a program that has ended ignores it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    public virtual async Task SignalAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        await _orders.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await SendAsync(_ports[Control], Encoding.ASCII.GetBytes($"signal {name}\n"), cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // The machine has ended, and so has the program.
        }
        finally
        {
            _orders.Release();
        }
    }

    /// <summary>Tells the guest's terminal its size; a program without a terminal does not get it.</summary>
    /// <param name="size">The size.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the size was sent.</returns>
    public virtual Task ResizeAsync(WindowSize size, CancellationToken cancellationToken = default) =>
        _terminal?.ResizeAsync(size, cancellationToken) ?? Task.CompletedTask;

    /// <summary>Takes the program's ports out of the machine.</summary>
    internal async Task RemoveAsync(string folder, CancellationToken cancellationToken)
    {
        using var qmp = await Qmp.ConnectAsync(folder, QemuArguments.ControlName, cancellationToken).ConfigureAwait(false);
        await _ports.RemoveAsync(qmp, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the program's streams; the program continues to run.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ports?.Dispose();
            _orders.Dispose();
            _terminal?.Dispose();
        }
    }

    private static TaskCompletionSource<long> NewLength() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, cancellationToken).ConfigureAwait(false)..];
        }
    }

    private async Task<int> CompleteTerminalAsync(GuestStreams streams, WindowSize size, CancellationToken cancellationToken)
    {
        _terminal = new TelnetChannel(_ports[TerminalStream]);
        await _terminal.ResizeAsync(size, cancellationToken).ConfigureAwait(false);
        var output = _terminal.CopyOutputAsync(streams.Output, cancellationToken);
        _ = _terminal.CopyInputAsync(streams.Input ?? Stream.Null, cancellationToken);
        var end = await ReadEndAsync(cancellationToken).ConfigureAwait(false);
        await Task.WhenAny(output, Task.Delay(TerminalEnd, cancellationToken)).ConfigureAwait(false);
        return end.Code;
    }

    private async Task FeedAsync(Stream? from, CancellationToken cancellationToken)
    {
        var socket = _ports[Input];
        try
        {
            var buffer = new byte[64 << 10];
            for (int read; from is not null && (read = await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
            {
                await SendAsync(socket, buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }

            // The guest reads what is on its way, then the end. Were both ways shut, QEMU would drop the former.
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The program has ended before its input.
        }
    }

    private async Task<(int Code, long Output, long Error)> ReadEndAsync(CancellationToken cancellationToken)
    {
        var line = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
        var fields = line.Split(' ');
        if (fields is ["failed", ..])
        {
            throw new LoamException(ErrorCodes.GuestCommandInvalid, line["failed ".Length..]);
        }

        return fields is ["exit", var code, var output, var error]
            && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var exit) && exit is >= 0 and <= 255
            && long.TryParse(output, NumberStyles.None, CultureInfo.InvariantCulture, out var outputLength)
            && long.TryParse(error, NumberStyles.None, CultureInfo.InvariantCulture, out var errorLength)
            ? (exit, outputLength, errorLength)
            : throw new LoamException(ErrorCodes.MachineLost, $"the guest's agent answered \"{line}\"");
    }

    /// <summary>A line of the agent's. The guest may be hostile: a line has its limit.</summary>
    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var end = Array.IndexOf(_line, (byte)'\n', 0, _lineLength);
            if (end >= 0)
            {
                var line = Encoding.UTF8.GetString(_line, 0, end);
                _line.AsSpan((end + 1).._lineLength).CopyTo(_line);
                _lineLength -= end + 1;
                return line;
            }

            var read = 0;
            try
            {
                read = _lineLength < MaximumLine ? await _ports[Control].ReceiveAsync(_line.AsMemory(_lineLength), cancellationToken).ConfigureAwait(false) : 0;
            }
            catch (SocketException)
            {
                // As good as an end.
            }

            if (read == 0)
            {
                throw new LoamException(ErrorCodes.MachineLost, "the machine ended before the program did");
            }

            _lineLength += read;
        }
    }
}

/// <summary>Where a guest's program has its streams.</summary>
public enum SessionKind
{
    /// <summary>Each stream its own port.</summary>
    Streams,

    /// <summary>A terminal.</summary>
    Terminal,

    /// <summary>Nothing to read; what it writes goes into the console's log. It outlives the command that started it.</summary>
    Detached,
}
