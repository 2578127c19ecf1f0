using Microsoft.Extensions.Logging;

namespace Loam;

/// <summary>How a <see cref="LoamClient"/> differs from what <c>config.json</c> and <c>registries.conf</c> say.</summary>
public sealed class LoamOptions
{
    /// <summary>The state folder; null for <c>$LOAM_HOME</c>, else <c>~/.loam</c>.</summary>
    public string? StateDir { get; set; }

    /// <summary>A credential that is used before all others; null for none.</summary>
    public RegistryCredential? Credential { get; set; }

    /// <summary>Changes how registries are used; null for what is configured.</summary>
    public Func<RegistryOptions, RegistryOptions>? Registries { get; set; }

    /// <summary>Makes the logs, of the categories <c>Loam.Registry</c>, <c>Loam.Operations</c>, <c>Loam.Store</c> and
    /// <c>Loam.Machines</c>; null for none.</summary>
    public ILoggerFactory? Loggers { get; set; }

    /// <summary>The clock; null for the system's.</summary>
    public TimeProvider? Time { get; set; }

    /// <summary>Told when a call without a progress listener must wait for another process that uses the same state folder.</summary>
    public IProgress<StoreWait>? Waits { get; set; }
}
