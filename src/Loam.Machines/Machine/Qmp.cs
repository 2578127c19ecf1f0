using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Loam.Machines.Machine;

/// <summary>QEMU's control protocol (QEMU, <c>docs/interop/qmp-spec</c>) on the socket of one machine. QEMU serves one
/// client at a time; the next waits for its turn.</summary>
internal sealed class Qmp : IDisposable
{
    private const int MaximumLine = 1 << 20;

    // QEMU answers between its other work, and twenty emulated machines may share two processors.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly NetworkStream _stream;
    private readonly byte[] _buffer = new byte[8192];
    private int _start;
    private int _end;

    private Qmp(Socket socket) => _stream = new NetworkStream(socket, ownsSocket: true);

    /// <summary>Whether somebody listens on a socket that is there: binding it, which makes the file, is not yet listening.</summary>
    public static async Task<bool> ListensAsync(string folder, string socketName, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            using var place = SocketFolder.Open(folder);
            await socket.ConnectAsync(place.EndPoint(socketName), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
    }

    /// <summary>Connects, and waits for its turn.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.MachineLost"/>.</exception>
    public static async Task<Qmp> ConnectAsync(string folder, string socketName, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            using var place = SocketFolder.Open(folder);
            await socket.ConnectAsync(place.EndPoint(socketName), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            socket.Dispose();
            throw e is SocketException or IOException ? Lost(e.Message, e) : e;
        }

        var qmp = new Qmp(socket);
        try
        {
            using var greeting = await qmp.ReadAsync(cancellationToken).ConfigureAwait(false);
            using var _ = await qmp.ExecuteAsync("qmp_capabilities", null, cancellationToken).ConfigureAwait(false);
            return qmp;
        }
        catch
        {
            qmp.Dispose();
            throw;
        }
    }

    /// <summary>Runs a command.</summary>
    /// <param name="command">Its name.</param>
    /// <param name="arguments">Writes the members of its arguments; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The whole answer; the result is its <c>return</c>.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.MachineLost"/> where the machine is gone, refuses, or does
    /// not answer.</exception>
    public async Task<JsonDocument> ExecuteAsync(string command, Action<Utf8JsonWriter>? arguments, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(command, arguments, cancellationToken).ConfigureAwait(false);
        if (answer.RootElement.TryGetProperty("return", out _))
        {
            return answer;
        }

        using (answer)
        {
            throw Lost($"{command}: {answer.RootElement.GetProperty("error").GetProperty("desc").GetString()}", null);
        }
    }

    /// <summary>Runs a command whose result does not matter.</summary>
    public async Task RunAsync(string command, Action<Utf8JsonWriter>? arguments, CancellationToken cancellationToken)
    {
        using var _ = await ExecuteAsync(command, arguments, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a command that may be refused.</summary>
    /// <returns>Whether it was done.</returns>
    public async Task<bool> TryAsync(string command, Action<Utf8JsonWriter>? arguments, CancellationToken cancellationToken)
    {
        using var answer = await AskAsync(command, arguments, cancellationToken).ConfigureAwait(false);
        return answer.RootElement.TryGetProperty("return", out _);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static LoamException Lost(string why, Exception? inner) => new(ErrorCodes.MachineLost, $"the machine does not answer: {why}", inner);

    private async Task<JsonDocument> AskAsync(string command, Action<Utf8JsonWriter>? arguments, CancellationToken cancellationToken)
    {
        var message = new MemoryStream();
        using (var json = new Utf8JsonWriter(message))
        {
            json.WriteStartObject();
            json.WriteString("execute", command);
            if (arguments is not null)
            {
                json.WriteStartObject("arguments");
                arguments(json);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        message.WriteByte((byte)'\n');
        try
        {
            await _stream.WriteAsync(message.GetBuffer().AsMemory(0, (int)message.Length), cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw Lost(e.Message, e);
        }

        while (true)
        {
            // Events come in between.
            var answer = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (answer.RootElement.TryGetProperty("return", out _) || answer.RootElement.TryGetProperty("error", out _))
            {
                return answer;
            }

            answer.Dispose();
        }
    }

    private async Task<JsonDocument> ReadAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            return JsonDocument.Parse(await ReadLineAsync(limit.Token).ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or JsonException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw Lost(e is OperationCanceledException ? $"no answer in {Patience.TotalSeconds} s" : e.Message, e);
        }
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            var end = Array.IndexOf(_buffer, (byte)'\n', _start, _end - _start);
            line.Append(Encoding.UTF8.GetString(_buffer, _start, (end < 0 ? _end : end) - _start));
            if (end >= 0)
            {
                _start = end + 1;
                return line.ToString();
            }

            _start = 0;
            _end = await _stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
            if (_end == 0 || line.Length > MaximumLine)
            {
                throw new IOException("QEMU hung up");
            }
        }
    }
}
