using System.Collections.Concurrent;
using System.Text;

namespace Loam.TestKit;

/// <summary>
/// What all servers of the test kit were shown while a test program ran. Two rules hold for every test: nobody sees an
/// Authorization header that he has not asked for, and a secret is only seen by those it is for.
/// </summary>
public static class Traffic
{
    private static readonly ConcurrentDictionary<string, bool> Asking = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, HashSet<string>> Kept = new(StringComparer.Ordinal);
    private static readonly ConcurrentQueue<(string Host, string Text)> Seen = new();
    private static readonly ConcurrentQueue<string> Uninvited = new();

    /// <summary>Makes a secret known, and who may see it; more may be added.</summary>
    public static void Keep(string secret, params string[] hosts)
    {
        var allowed = Kept.GetOrAdd(secret, _ => []);
        lock (allowed)
        {
            allowed.UnionWith(hosts);
        }
    }

    /// <summary>Notes that a server asks for authorization.</summary>
    public static void Ask(string host) => Asking[host] = true;

    /// <summary>Notes what a server was shown.</summary>
    internal static void See(string host, RegistryCall call)
    {
        if (call.Headers.ContainsKey("Authorization") && !Asking.ContainsKey(host))
        {
            Uninvited.Enqueue($"{host} got an Authorization header that it had not asked for: {call.Method} {call.Path}");
        }

        var body = call.Body.Length < 64 << 10 ? Encoding.UTF8.GetString(call.Body) : "";
        Seen.Enqueue(
            (host, $"{call.Method} {call.Path}?{call.Query}\n{string.Join('\n', call.Headers.Select(header => $"{header.Key}: {header.Value}"))}\n{body}"));
    }

    /// <summary>What broke the rules so far.</summary>
    public static IReadOnlyList<string> Violations() =>
    [
        .. Uninvited,
        .. Kept.SelectMany(kept => Seen
            .Where(seen => !kept.Value.Contains(seen.Host) && Forms(kept.Key).Any(form => seen.Text.Contains(form, StringComparison.Ordinal)))
            .Select(seen => $"{seen.Host} saw a secret that is not for it: {seen.Text.Split('\n')[0]}")),
    ];

    /// <summary>The ways in which a secret can be written: plain, escaped for addresses, and in base64 wherever it begins.</summary>
    public static IReadOnlyList<string> Forms(string secret)
    {
        var forms = new List<string> { secret, Uri.EscapeDataString(secret), Uri.EscapeDataString(secret).Replace("%20", "+", StringComparison.Ordinal) };
        for (var shift = 0; shift < 3; shift++)
        {
            // What stands before and after it decides the first and the last characters; those between are its own.
            var coded = Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('x', shift) + secret));
            forms.Add(coded[(shift == 0 ? 0 : 4)..(coded.Length - 4)]);
        }

        return forms;
    }
}

/// <summary>Ends a test program with the rules of <see cref="Traffic"/>.</summary>
public sealed class TrafficRules : IDisposable
{
    public void Dispose() => Xunit.Assert.Empty(Traffic.Violations());
}
