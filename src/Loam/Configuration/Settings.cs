using System.Text.Json.Serialization;
using Loam.Configuration;

namespace Loam;

/// <summary>Sources of credentials that are asked only where <c>config.json</c> names them.</summary>
[JsonConverter(typeof(AuthSourceConverter))]
public enum AuthSource
{
    /// <summary>Static entries of <c>$DOCKER_CONFIG/config.json</c>, else <c>~/.docker/config.json</c>.</summary>
    [JsonStringEnumMemberName("docker-config")]
    DockerConfig,

    /// <summary>The helpers that Docker's configuration, or <c>$REGISTRY_AUTH_FILE</c>, names.</summary>
    [JsonStringEnumMemberName("docker-helpers")]
    DockerHelpers,

    /// <summary>The operating system's store, by its helper.</summary>
    [JsonStringEnumMemberName("os-store")]
    OsStore,

    /// <summary>Passwords in the environment.</summary>
    [JsonStringEnumMemberName("env")]
    Env,

    /// <summary>Passwords in files.</summary>
    [JsonStringEnumMemberName("file")]
    File,
}

/// <summary>What is set for one registry.</summary>
/// <param name="Registry"><c>host[:port]</c>.</param>
public sealed record RegistrySettings(string Registry)
{
    /// <summary>Whether it is used over plain HTTP; null where nothing is set.</summary>
    public bool? Insecure { get; init; }

    /// <summary>Further certificate authorities: the path of a PEM file.</summary>
    public string? CaCerts { get; init; }

    /// <summary>The client's certificate: the path of a PEM file. Always together with <see cref="Key"/>.</summary>
    public string? Cert { get; init; }

    /// <summary>The key of <see cref="Cert"/>: the path of a PEM file.</summary>
    public string? Key { get; init; }

    /// <summary>The root of its API, ending in <c>/v2/</c>, where it is not at the root of the host; null where nothing is set.</summary>
    public Uri? Api { get; init; }

    /// <summary>Where to look first, in order: <c>host[:port][/path]</c>.</summary>
    public IReadOnlyList<string> Mirrors { get; init; } = [];

    /// <summary>Hosts of token servers that may be given its credentials, besides those that are always allowed.</summary>
    public IReadOnlyList<string> TokenRealms { get; init; } = [];
}

/// <summary>Time-outs and limits; null where nothing is set.</summary>
public sealed record NetworkSettings
{
    /// <summary>How long connecting may take, in seconds.</summary>
    public double? ConnectTimeoutSeconds { get; init; }

    /// <summary>How long a registry may send nothing, in seconds.</summary>
    public double? StallTimeoutSeconds { get; init; }

    /// <summary>How long one request may take with all its tries, in seconds; bodies of blobs do not count.</summary>
    public double? TotalTimeoutSeconds { get; init; }

    /// <summary>How often a request is tried again.</summary>
    public int? Retries { get; init; }

    /// <summary>How many connections one registry gets.</summary>
    public int? ConnectionsPerHost { get; init; }

    /// <exception cref="LoamException"><see cref="ErrorCodes.ConfigurationInvalid"/>.</exception>
    internal void Check()
    {
        const double Longest = 86_400 * 7;
        foreach (var (name, value) in ((string, double?)[])[("connect", ConnectTimeoutSeconds), ("stall", StallTimeoutSeconds), ("total", TotalTimeoutSeconds)])
        {
            Require(value is null or (> 0 and <= Longest), $"network.{name}_timeout_seconds must be more than 0 and at most {Longest}");
        }

        Require(Retries is null or (>= 0 and <= 100), "network.retries must be 0 to 100");
        Require(ConnectionsPerHost is null or (> 0 and <= 256), "network.connections_per_host must be 1 to 256");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new LoamException(ErrorCodes.ConfigurationInvalid, otherwise);
        }
    }
}
