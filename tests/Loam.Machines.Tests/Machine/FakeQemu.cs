using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Loam.Machines.Tests.Machine;

/// <summary>QEMU's control socket in a workspace's folder, and the guest's end of every port that is plugged in.</summary>
internal sealed class FakeQemu : IDisposable
{
    private readonly string _folder;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Dictionary<string, TaskCompletionSource<Socket>> _ports = new(StringComparer.Ordinal);

    public FakeQemu(string folder)
    {
        _folder = folder;
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "qmp.sock")));
        _listener.Listen();
        File.WriteAllText(Path.Combine(folder, "agent.in"), "");
        _ = ServeAllAsync();
    }

    /// <summary>What is answered to a command; null for what QEMU answers to one that it takes.</summary>
    public Func<string, string?> Answer { get; set; } = _ => null;

    /// <summary>The guest's end of a port.</summary>
    public Task<Socket> PortAsync(string stream)
    {
        lock (_ports)
        {
            return Port(stream).Task;
        }
    }

    /// <summary>Says something through a port.</summary>
    public async Task SayAsync(string stream, string text) => await (await PortAsync(stream)).SendAsync(Encoding.UTF8.GetBytes(text));

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var port in _ports.Values.Where(port => port.Task.IsCompletedSuccessfully))
        {
            port.Task.Result.Dispose();
        }
    }

    private TaskCompletionSource<Socket> Port(string stream)
    {
        if (!_ports.TryGetValue(stream, out var port))
        {
            _ports.Add(stream, port = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return port;
    }

    private async Task ServeAllAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        try
        {
            using var stream = new NetworkStream(client, ownsSocket: true);
            using var reader = new StreamReader(stream);
            await stream.WriteAsync("{\"QMP\":{}}\n"u8.ToArray());
            while (await reader.ReadLineAsync() is { } line)
            {
                using var request = JsonDocument.Parse(line);
                var command = request.RootElement.GetProperty("execute").GetString()!;
                if (command == "chardev-add")
                {
                    await PlugAsync(request.RootElement.GetProperty("arguments"));
                }

                var answer = Answer(command) ?? command switch
                {
                    "query-status" => """{"return":{"status":"running"}}""",
                    "query-chardev" => """{"return":[]}""",
                    _ => """{"return":{}}""",
                };
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer + "\n"));
            }
        }
        catch (IOException)
        {
            // Whoever asked hung up.
        }
    }

    private async Task PlugAsync(JsonElement arguments)
    {
        if (arguments.GetProperty("backend").GetProperty("type").GetString() != "socket")
        {
            return;
        }

        var name = arguments.GetProperty("backend").GetProperty("data").GetProperty("addr").GetProperty("data").GetProperty("path").GetString()!;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_folder, name)));
        lock (_ports)
        {
            Port(name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]).SetResult(socket);
        }
    }
}
