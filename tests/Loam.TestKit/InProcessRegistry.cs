using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Loam.TestKit;

/// <summary>A registry on a free port of this machine that misbehaves on request. It speaks HTTP by hand, so that it can
/// break off wherever a test wants.</summary>
public sealed partial class InProcessRegistry : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, byte[]> _blobs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (string Type, byte[] Content)> _manifests = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<RegistryCall> _calls = new();
    private readonly SslStreamCertificateContext? _certificate;
    private readonly Task _accepting;

    private InProcessRegistry(PrivateAuthority? authority)
    {
        if (authority is not null)
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(authority.Certificate);
            _certificate = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(authority.Certificate, authority.Key), chain, offline: true);
        }

        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Decides for each call whether and how to misbehave; null answers as it should.</summary>
    public Func<RegistryCall, Misbehaviour?> Script { get; set; } = _ => null;

    /// <summary>Decides which calls are answered, and hung up on, without waiting for what comes with them.</summary>
    public Func<RegistryCall, Misbehaviour.Answer?> BeforeBody { get; set; } = _ => null;

    /// <summary>Host and port.</summary>
    public string Host => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Every call so far.</summary>
    public IReadOnlyList<RegistryCall> Calls => [.. _calls];

    /// <summary>Starts one; with an authority, over TLS.</summary>
    public static InProcessRegistry Start(PrivateAuthority? authority = null) => new(authority);

    public void ForgetCalls() => _calls.Clear();

    /// <summary>Adds a blob under its SHA-256.</summary>
    public Digest AddBlob(byte[] content)
    {
        var digest = Digest.Sha256(content);
        _blobs[digest.ToString()] = content;
        return digest;
    }

    /// <summary>Puts any bytes under any digest.</summary>
    public void AddBlobAs(Digest digest, byte[] content) => _blobs[digest.ToString()] = content;

    /// <summary>Adds a manifest under its digest and a tag.</summary>
    public Digest AddManifest(string repository, string? tag, string mediaType, byte[] content)
    {
        var digest = Digest.Sha256(content);
        _manifests[$"{repository}/{digest}"] = (mediaType, content);
        if (tag is not null)
        {
            _manifests[$"{repository}/{tag}"] = (mediaType, content);
        }

        return digest;
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _certificate?.TargetCertificate.Dispose();
        _behind.Dispose();
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
        {
            try
            {
                client.NoDelay = true;

                // So that what counts as sent has been sent when a connection breaks.
                client.SendBufferSize = 64 << 10;
                await using var stream = await OpenAsync(client);
                while (await ReadCallAsync(stream) is { } call)
                {
                    _calls.Enqueue(call);
                    if (BeforeBody(call) is { } early)
                    {
                        Traffic.See(Host, call);
                        await AnswerAsync(client, stream, call, early);
                        return;
                    }

                    call.Body = new byte[call.Headers.TryGetValue("Content-Length", out var length) ? int.Parse(length, CultureInfo.InvariantCulture) : 0];
                    await stream.ReadExactlyAsync(call.Body, _stop.Token);
                    Traffic.See(Host, call);
                    if (!await AnswerAsync(client, stream, call, Script(call)))
                    {
                        return;
                    }
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or HttpRequestException or AuthenticationException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task<Stream> OpenAsync(TcpClient client)
    {
        if (_certificate is null)
        {
            return client.GetStream();
        }

        var secured = new SslStream(client.GetStream());
        await secured.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = _certificate }, _stop.Token);
        return secured;
    }

    private async Task<RegistryCall?> ReadCallAsync(Stream stream)
    {
        var head = new MemoryStream();
        var one = new byte[1];
        while (!head.GetBuffer().AsSpan(0, (int)head.Length).EndsWith("\r\n\r\n"u8))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            head.WriteByte(one[0]);
        }

        var lines = Encoding.ASCII.GetString(head.ToArray()).Split("\r\n");
        var request = lines[0].Split(' ');
        var headers = lines.Skip(1).Where(line => line.Contains(':', StringComparison.Ordinal))
            .Select(line => line.Split(':', 2)).GroupBy(part => part[0].Trim(), part => part[1].Trim(), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(same => same.Key, same => string.Join(", ", same), StringComparer.OrdinalIgnoreCase);
        var proxied = request[1].StartsWith('/') ? null : new Uri(request[1]);
        var target = (proxied?.PathAndQuery ?? request[1]).Split('?', 2);
        return new RegistryCall
        {
            Method = request[0],
            Path = Uri.UnescapeDataString(target[0]),
            Query = target.ElementAtOrDefault(1) ?? "",
            Headers = headers,
            ProxiedTo = proxied?.Authority,
            From = headers.TryGetValue("Range", out var range)
                ? long.Parse(range.Replace("bytes=", "", StringComparison.Ordinal).TrimEnd('-'), CultureInfo.InvariantCulture)
                : null,
        };
    }

    /// <returns>Whether the connection goes on.</returns>
    private async Task<bool> AnswerAsync(TcpClient client, Stream stream, RegistryCall call, Misbehaviour? misbehaviour)
    {
        if (misbehaviour is Misbehaviour.Late late)
        {
            await Task.Delay(late.By, _stop.Token);
        }

        if (misbehaviour is Misbehaviour.Answer answer)
        {
            await SendAsync(stream, call, answer.Status, Encoding.UTF8.GetBytes(answer.Body), answer.Headers);
            return true;
        }

        if (misbehaviour is Misbehaviour.Forward forward)
        {
            await ForwardAsync(stream, call, forward.Host);
            return true;
        }

        if (Take(call) is var (status, given))
        {
            await SendAsync(stream, call, status, ReadOnlyMemory<byte>.Empty, given);
            return true;
        }

        if (Find(call) is not { } found)
        {
            var code = call.IsBlob ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN";
            await SendAsync(stream, call, 404, Encoding.UTF8.GetBytes($$"""{"errors":[{"code":"{{code}}","message":"not here"}]}"""), []);
            return true;
        }

        var (type, content) = found;
        content = misbehaviour switch
        {
            Misbehaviour.WrongContent => [.. content.Select(b => (byte)~b)],
            Misbehaviour.TooLong longer => [.. content, .. new byte[longer.Extra]],
            _ => content,
        };
        var from = misbehaviour is Misbehaviour.IgnoreRange ? 0 : call.From ?? 0;
        var headers = new List<(string, string)> { ("Content-Type", type), ("Docker-Content-Digest", call.Path[(call.Path.LastIndexOf('/') + 1)..]) };
        if (!headers[1].Item2.StartsWith("sha256:", StringComparison.Ordinal))
        {
            headers.RemoveAt(1);
        }

        if (from > 0)
        {
            headers.Add(("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}"));
        }

        var cut = misbehaviour switch
        {
            Misbehaviour.Break broken => broken.After,
            Misbehaviour.Stall stalled => stalled.After,
            _ => long.MaxValue,
        };
        await SendAsync(stream, call, from > 0 ? 206 : 200, content.AsMemory((int)from), headers, cut);
        if (misbehaviour is Misbehaviour.Stall)
        {
            await Task.Delay(Timeout.Infinite, _stop.Token);
        }

        if (cut != long.MaxValue)
        {
            client.LingerState = new LingerOption(enable: true, seconds: 0);
            return false;
        }

        return true;
    }

    private (string Type, byte[] Content)? Find(RegistryCall call)
    {
        var parts = call.Path.Split("/manifests/");
        if (parts.Length == 2)
        {
            return _manifests.TryGetValue($"{parts[0]["/v2/".Length..]}/{parts[1]}", out var manifest) ? manifest : null;
        }

        return _blobs.TryGetValue(call.Path[(call.Path.LastIndexOf('/') + 1)..], out var blob) ? ("application/octet-stream", blob) : null;
    }

    private async Task SendAsync(
        Stream stream, RegistryCall call, int status, ReadOnlyMemory<byte> body, IEnumerable<(string Name, string Value)> headers, long cut = long.MaxValue)
    {
        var head = new StringBuilder($"HTTP/1.1 {status} Status\r\n");
        if (!headers.Any(header => header.Name == "Content-Length"))
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        }

        foreach (var (name, value) in headers)
        {
            if (name == "WWW-Authenticate")
            {
                Traffic.Ask(Host);
            }

            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
        for (var at = 0; call.Method != "HEAD" && at < body.Length;)
        {
            var chunk = body[at..(int)Math.Min(body.Length, Math.Min(at + 65_536L, cut))];
            if (chunk.IsEmpty)
            {
                return;
            }

            await stream.WriteAsync(chunk, _stop.Token);
            call.BytesSent += chunk.Length;
            at += chunk.Length;
        }
    }
}
