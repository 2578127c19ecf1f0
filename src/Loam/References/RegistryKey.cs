namespace Loam.References;

/// <summary>The names under which credentials are kept: <c>host[:port][/path]</c>, and the forms that older tools wrote
/// (containers-auth.json(5)).</summary>
internal static class RegistryKey
{
    /// <summary>What Docker keeps its own registry's credential under.</summary>
    public const string DockerHub = "https://index.docker.io/v1/";

    private const string Https = "https://";
    private const string Http = "http://";

    /// <summary>Reads the registry that a user named.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidRegistry"/>.</exception>
    public static string Parse(string text)
    {
        if (text.StartsWith(Http, StringComparison.OrdinalIgnoreCase))
        {
            throw new LoamException(ErrorCodes.InvalidRegistry, $"\"{text}\" is not a registry")
            {
                Hint = "Leave http:// out; --insecure says that the registry has no TLS.",
            };
        }

        // Whoever writes https:// before a path means the path, but for the one that Docker always writes.
        var isHub = Normalize(text) == ImageReference.DefaultRegistry;
        var key = Normalize(!isHub && text.StartsWith(Https, StringComparison.OrdinalIgnoreCase) ? text[Https.Length..] : text);
        if (!ImageReference.TryParse($"{key}/x", out var probe) || !IsUnder($"{probe.Registry}/{probe.Repository}", key))
        {
            throw new LoamException(ErrorCodes.InvalidRegistry, $"\"{text}\" is not a registry");
        }

        return key;
    }

    /// <summary>The host of a key.</summary>
    public static string HostOf(string key) => key.Split('/', 2)[0];

    /// <summary>One form for all that mean the same: no scheme, and with a scheme no path; Docker's aliases as one.</summary>
    public static string Normalize(string key)
    {
        var rest = key.StartsWith(Https, StringComparison.OrdinalIgnoreCase) ? key[Https.Length..]
            : key.StartsWith(Http, StringComparison.OrdinalIgnoreCase) ? key[Http.Length..] : key;
        var parts = rest.Split('/', 2);
        var host = parts[0].ToLowerInvariant() switch
        {
            "index.docker.io" or "registry-1.docker.io" => ImageReference.DefaultRegistry,
            var other => other,
        };
        var path = rest.Length == key.Length && parts.Length == 2 ? parts[1].TrimEnd('/') : "";
        return path.Length == 0 ? host : $"{host}/{path}";
    }

    /// <summary>What a repository's credential may be kept under, the most specific first:
    /// <c>host/a/b</c>, <c>host/a</c>, <c>host</c>.</summary>
    public static IEnumerable<string> Candidates(string registry, string repository)
    {
        var name = repository.Length == 0 ? registry : $"{registry}/{repository}";
        while (true)
        {
            yield return name;
            var slash = name.LastIndexOf('/');
            if (slash < 0)
            {
                yield break;
            }

            name = name[..slash];
        }
    }

    /// <summary>The most specific of some kept things that a repository falls under: as it is written, else as it is meant.</summary>
    public static T? Find<T>(IReadOnlyList<T> kept, Func<T, string> keyOf, string registry, string repository)
        where T : class
    {
        foreach (var candidate in Candidates(registry, repository))
        {
            var wanted = Normalize(candidate);
            if ((kept.LastOrDefault(item => keyOf(item) == candidate) ?? kept.FirstOrDefault(item => Normalize(keyOf(item)) == wanted)) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>How a credential helper is asked for a registry.</summary>
    public static string HelperServer(string registry) => Normalize(registry) == ImageReference.DefaultRegistry ? DockerHub : registry;

    private static bool IsUnder(string name, string key) => name.StartsWith(key + "/", StringComparison.OrdinalIgnoreCase);
}
