using System.Collections.Concurrent;
using System.Globalization;

namespace Loam.TestKit;

/// <content>What it takes, and what it has others answer.</content>
public sealed partial class InProcessRegistry
{
    private static readonly string[] HopByHop = ["Connection", "Host", "Transfer-Encoding", "Content-Length", "Expect"];

    private readonly ConcurrentDictionary<string, byte[]> _uploads = new(StringComparer.Ordinal);
    private readonly HttpClient _behind = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false });

    /// <summary>A blob, whoever brought it; null if there is none.</summary>
    public byte[]? FindBlob(Digest digest) => _blobs.GetValueOrDefault(digest.ToString());

    /// <returns>The answer to what changes this registry; null for what asks for something.</returns>
    private (int Status, List<(string Name, string Value)> Headers)? Take(RegistryCall call)
    {
        var name = call.Path[(call.Path.LastIndexOf('/') + 1)..];
        if (call is { Method: "PUT", IsManifest: true })
        {
            var repository = call.Path.Split("/manifests/")[0]["/v2/".Length..];
            var digest = AddManifest(repository, name, call.Headers["Content-Type"], call.Body);
            return (201, [("Docker-Content-Digest", digest.ToString())]);
        }

        if (!call.Path.Contains("/blobs/uploads/", StringComparison.Ordinal))
        {
            return null;
        }

        if (call.Method == "POST")
        {
            var id = Guid.NewGuid().ToString("N");
            _uploads[id] = [];
            return (202, [("Location", $"{call.Path}{id}")]);
        }

        if (!_uploads.TryGetValue(name, out var content))
        {
            return (404, []);
        }

        _uploads[name] = content = [.. content, .. call.Body];
        var reached = new List<(string, string)>
        {
            ("Location", call.Path),
            ("Range", string.Create(CultureInfo.InvariantCulture, $"0-{Math.Max(0, content.Length - 1)}")),
        };
        if (call.Method != "PUT")
        {
            return (call.Method == "PATCH" ? 202 : 204, reached);
        }

        var stated = Uri.UnescapeDataString(call.Query.Split("digest=")[^1]);
        return AddBlob(content).ToString() == stated ? (201, []) : (400, []);
    }

    private async Task ForwardAsync(Stream stream, RegistryCall call, string host)
    {
        using var message = new HttpRequestMessage(new HttpMethod(call.Method), $"http://{host}{call.Path}{(call.Query.Length > 0 ? "?" + call.Query : "")}");
        message.Content = call.Method is "GET" or "HEAD" ? null : new ByteArrayContent(call.Body);
        foreach (var (name, value) in call.Headers.Where(header => !HopByHop.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        // So that what it says of itself leads here again.
        message.Headers.Host = Host;
        using var response = await _behind.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, _stop.Token);
        var body = await response.Content.ReadAsByteArrayAsync(_stop.Token);
        var headers = response.Headers.Concat(response.Content.Headers)
            .Where(header => !HopByHop.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
            .SelectMany(header => header.Value.Select(value => (header.Key, value)))
            .Append(("Content-Length", (response.Content.Headers.ContentLength ?? body.Length).ToString(CultureInfo.InvariantCulture)));
        await SendAsync(stream, call, (int)response.StatusCode, body, [.. headers]);
    }
}
