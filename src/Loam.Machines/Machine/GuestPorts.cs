using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;

namespace Loam.Machines.Machine;

/// <summary>Ports that are added to a running machine: in the guest a device each, here a socket each.</summary>
internal sealed class GuestPorts : IDisposable
{
    private const string Prefix = "job-";
    private const int RemoveTries = 25;

    private static readonly TimeSpan RemovePause = TimeSpan.FromMilliseconds(10);

    private readonly string _folder;
    private readonly string _id;
    private readonly Dictionary<string, Socket> _sockets = new(StringComparer.Ordinal);

    private GuestPorts(string folder, string id)
    {
        _folder = folder;
        _id = id;
    }

    /// <summary>The stream of a port.</summary>
    public Socket this[string stream] => _sockets[stream];

    /// <summary>Adds the ports <c>loam.&lt;id&gt;.&lt;stream&gt;</c>.</summary>
    /// <param name="qmp">The machine.</param>
    /// <param name="folder">The workspace's folder, which QEMU runs in.</param>
    /// <param name="id">Hexadecimal digits, new each time.</param>
    /// <param name="streams">The streams that lead here.</param>
    /// <param name="logged">The streams that lead into the console's log.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<GuestPorts> AddAsync(
        Qmp qmp, string folder, string id, IReadOnlyList<string> streams, IReadOnlyList<string> logged, CancellationToken cancellationToken)
    {
        await SweepAsync(qmp, cancellationToken).ConfigureAwait(false);
        var ports = new GuestPorts(folder, id);
        try
        {
            foreach (var stream in streams)
            {
                ports._sockets[stream] = await ports.ConnectAsync(qmp, stream, cancellationToken).ConfigureAwait(false);
            }

            foreach (var stream in logged)
            {
                await qmp.RunAsync("chardev-add", json => WriteLogged(json, ports.LabelOf(stream)), cancellationToken).ConfigureAwait(false);
            }

            foreach (var stream in streams.Concat(logged))
            {
                await ports.PlugAsync(qmp, stream, cancellationToken).ConfigureAwait(false);
            }

            return ports;
        }
        catch
        {
            ports.Dispose();
            throw;
        }
    }

    /// <summary>Takes the ports out of the machine.</summary>
    public Task RemoveAsync(Qmp qmp, CancellationToken cancellationToken) => RemoveAsync(qmp, [.. _sockets.Keys.Select(LabelOf)], cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var socket in _sockets.Values)
        {
            socket.Dispose();
        }
    }

    /// <summary>Removes the ports of commands that were killed.</summary>
    private static async Task SweepAsync(Qmp qmp, CancellationToken cancellationToken)
    {
        using var answer = await qmp.ExecuteAsync("query-chardev", null, cancellationToken).ConfigureAwait(false);
        var known = answer.RootElement.GetProperty("return").EnumerateArray()
            .Select(device => (
                Label: device.GetProperty("label").GetString()!,
                Connected: device.GetProperty("filename").GetString()?.StartsWith("disconnected", StringComparison.Ordinal) != true))
            .Where(device => device.Label.StartsWith(Prefix, StringComparison.Ordinal)).ToList();
        foreach (var job in known.GroupBy(device => device.Label[..device.Label.LastIndexOf('-')], StringComparer.Ordinal))
        {
            // A control port outlives its fellows; without it nobody listens any more.
            if (job.Any(device => device is { Connected: false } && device.Label.EndsWith("-control", StringComparison.Ordinal))
                && !job.Any(device => device.Label.EndsWith("-stdout", StringComparison.Ordinal) && device.Connected))
            {
                await RemoveAsync(qmp, [.. job.Select(device => device.Label)], cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task RemoveAsync(Qmp qmp, IReadOnlyList<string> labels, CancellationToken cancellationToken)
    {
        foreach (var label in labels)
        {
            await qmp.TryAsync("device_del", json => json.WriteString("id", "port-" + label), cancellationToken).ConfigureAwait(false);
        }

        // QEMU lets go of a removed port's other end a moment later. What stays is removed by the next command.
        foreach (var label in labels)
        {
            var tries = 0;
            while (tries++ < RemoveTries
                && !await qmp.TryAsync("chardev-remove", json => json.WriteString("id", label), cancellationToken).ConfigureAwait(false))
            {
                await Task.Delay(RemovePause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>QEMU connects to a socket of ours, so that from its answer on not one byte is lost.</summary>
    private async Task<Socket> ConnectAsync(Qmp qmp, string stream, CancellationToken cancellationToken)
    {
        var name = $"{_id}.{stream}";
        using var place = SocketFolder.Open(_folder);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(place.EndPoint(name));
        try
        {
            listener.Listen(1);
            await qmp.RunAsync("chardev-add", json => WriteSocket(json, LabelOf(stream), name), cancellationToken).ConfigureAwait(false);
            return await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(Path.Combine(_folder, name));
        }
    }

    private async Task PlugAsync(Qmp qmp, string stream, CancellationToken cancellationToken)
    {
        for (var bus = 0; ; bus++)
        {
            // A bus that is full refuses.
            var label = LabelOf(stream);
            void Describe(Utf8JsonWriter json) => WritePort(json, label, $"loam.{_id}.{stream}", QemuArguments.Bus(bus));
            if (bus + 1 == QemuArguments.SerialBuses)
            {
                await qmp.RunAsync("device_add", Describe, cancellationToken).ConfigureAwait(false);
                return;
            }

            if (await qmp.TryAsync("device_add", Describe, cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    private string LabelOf(string stream) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{_id}-{stream}");

    private static void WriteSocket(Utf8JsonWriter json, string label, string path)
    {
        json.WriteString("id", label);
        json.WriteStartObject("backend");
        json.WriteString("type", "socket");
        json.WriteStartObject("data");
        json.WriteBoolean("server", false);
        json.WriteStartObject("addr");
        json.WriteString("type", "unix");
        json.WriteStartObject("data");
        json.WriteString("path", path);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteLogged(Utf8JsonWriter json, string label)
    {
        json.WriteString("id", label);
        json.WriteStartObject("backend");
        json.WriteString("type", "file");
        json.WriteStartObject("data");
        json.WriteString("out", QemuArguments.ConsoleName);
        json.WriteBoolean("append", true);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePort(Utf8JsonWriter json, string label, string name, string bus)
    {
        json.WriteString("driver", "virtserialport");
        json.WriteString("id", "port-" + label);
        json.WriteString("bus", bus);
        json.WriteString("chardev", label);
        json.WriteString("name", name);
    }
}
