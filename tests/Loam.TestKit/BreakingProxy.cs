using System.Net;
using System.Net.Sockets;

namespace Loam.TestKit;

/// <summary>A way to a server that breaks off when so many bytes have been sent, as often as it is told to.</summary>
public sealed class BreakingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<long> _breaks;
    private readonly string _host;
    private readonly int _port;
    private readonly Task _accepting;
    private readonly Lock _counting = new();
    private long _sent;

    /// <param name="server">Host and port.</param>
    /// <param name="breaks">After how many bytes sent to the server, counted from the last break, each break comes.</param>
    public BreakingProxy(string server, IEnumerable<long> breaks)
    {
        _breaks = new Queue<long>(breaks);
        _host = server.Split(':')[0];
        _port = int.Parse(server.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Host and port.</summary>
    public string Host => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Breaks still to come.</summary>
    public int Left
    {
        get
        {
            lock (_counting)
            {
                return _breaks.Count;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = Task.Run(() => ServeAsync(client), _stop.Token);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(_host, _port, _stop.Token);
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                var both = new[]
                {
                    CopyAsync(client.GetStream(), server.GetStream(), counted: true, ended.Token),
                    CopyAsync(server.GetStream(), client.GetStream(), counted: false, ended.Token),
                };
                if (await await Task.WhenAny(both))
                {
                    client.LingerState = new LingerOption(enable: true, seconds: 0);
                    server.LingerState = new LingerOption(enable: true, seconds: 0);
                }

                await ended.CancelAsync();
                await ((Task)Task.WhenAll(both)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // One of the two went away, or the test is over.
            }
        }
    }

    /// <returns>Whether it is time to break.</returns>
    private async Task<bool> CopyAsync(NetworkStream from, NetworkStream to, bool counted, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 << 10];
        int read;
        while ((read = await from.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            if (counted && IsTime(read))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsTime(int sent)
    {
        lock (_counting)
        {
            _sent += sent;
            if (!_breaks.TryPeek(out var next) || _sent < next)
            {
                return false;
            }

            _breaks.Dequeue();
            _sent = 0;
            return true;
        }
    }
}
