using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Loam.Configuration;
using Loam.Files;
using Loam.References;

namespace Loam;

/// <summary>
/// What the user and the host's administrator have set: <c>config.json</c> of the state folder, and the container tools' own
/// <c>registries.conf</c>. Read once; they are never written.
/// </summary>
public sealed class LoamConfiguration
{
    private readonly Lazy<HostRegistries> _host;
    private readonly ConcurrentDictionary<string, (X509Certificate2Collection? Authorities, X509Certificate2? Own)> _certificates = new(StringComparer.Ordinal);

    private LoamConfiguration(StatePaths paths, ConfigurationFile file, Func<HostRegistries> host)
    {
        Paths = paths;
        AuthSources = file.AuthSources ?? [];
        OsStore = file.OsStore ?? DefaultOsStore;
        Registries = file.Registries?.Hosts ?? [];
        RegistryAuth = file.Registries?.Auth ?? [];
        Network = file.Network ?? new NetworkSettings();
        Machines = new MachineSettings(file.Kernel, file.Qemu, file.Busybox, file.Accelerator);
        Warnings = file.Warnings;
        _host = new Lazy<HostRegistries>(host);
    }

    /// <summary>Further sources of credentials, in the order wanted.</summary>
    public IReadOnlyList<AuthSource> AuthSources { get; }

    /// <summary>Settings of single registries.</summary>
    public IReadOnlyList<RegistrySettings> Registries { get; }

    /// <summary>Time-outs and limits.</summary>
    public NetworkSettings Network { get; }

    /// <summary>What machines are made of.</summary>
    public MachineSettings Machines { get; }

    /// <summary>What the user should know of, in sentences.</summary>
    public IReadOnlyList<string> Warnings { get; }

    internal StatePaths Paths { get; }

    internal string OsStore { get; }

    internal IReadOnlyList<RegistryAuthSettings> RegistryAuth { get; }

    private static string DefaultOsStore => OperatingSystem.IsMacOS() ? "osxkeychain" : OperatingSystem.IsWindows() ? "wincred" : "secretservice";

    /// <summary>Reads the settings of a state folder; files that do not exist set nothing.</summary>
    /// <param name="stateDir">The folder; null for <c>$LOAM_HOME</c>, else <c>~/.loam</c>.</param>
    /// <returns>The settings. Files of the host are read when they are first needed.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ConfigurationInvalid"/>, naming file and line.</exception>
    public static LoamConfiguration Load(string? stateDir = null) => Load(stateDir, Environment.GetEnvironmentVariable);

    internal static LoamConfiguration Load(string? stateDir, Func<string, string?> environment)
    {
        var paths = new StatePaths(Path.GetFullPath(stateDir ?? StatePaths.DefaultRoot()));
        return new LoamConfiguration(paths, ConfigurationFile.Read(paths.Configuration), () => HostRegistries.Load(environment));
    }

    /// <summary>Finds what is set for a registry.</summary>
    /// <param name="registryHost"><c>host[:port]</c>.</param>
    /// <returns>The settings; the defaults where nothing is set.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="registryHost"/> is null.</exception>
    public RegistrySettings SettingsOf(string registryHost)
    {
        ArgumentNullException.ThrowIfNull(registryHost);
        var wanted = RegistryKey.Normalize(registryHost);
        return Registries.FirstOrDefault(settings => settings.Registry == wanted) ?? new RegistrySettings(wanted);
    }

    /// <summary>Plans where an image is fetched from: mirrors of <c>config.json</c>, then those of <c>registries.conf</c>, then
    /// its own registry, or the location that replaces it.</summary>
    /// <param name="reference">The image.</param>
    /// <returns>The places in the order to try them; the last is the registry itself.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="reference"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.RegistryBlocked"/>; <see cref="ErrorCodes.ConfigurationInvalid"/>,
    /// <see cref="ErrorCodes.CaCertificatesInvalid"/> where a file that is named cannot be used.</exception>
    public IReadOnlyList<RegistryLocation> Locations(ImageReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        var host = _host.Value.Plan(reference);
        var own = SettingsOf(reference.Registry).Mirrors
            .Select(mirror => new PlannedEndpoint(RegistryRule.Rewrite(reference, mirror, reference.Registry.Length), Insecure: false, IsMirror: true));
        return [.. own.Concat(host).Select(ToLocation)];
    }

    /// <summary>Finds out what a name may mean: with a registry only itself; without one the alias that
    /// <c>registries.conf</c> has for it, else the registries it says to search, else <c>docker.io</c>.</summary>
    /// <param name="name">The name, as a user writes it.</param>
    /// <returns>The references in the order to try them, at least one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidReference"/>, <see cref="ErrorCodes.ShortNameAmbiguous"/>,
    /// <see cref="ErrorCodes.ConfigurationInvalid"/>.</exception>
    public IReadOnlyList<ImageReference> Candidates(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var parsed = ImageReference.Parse(name);
        return ShortNames.IsShort(name, parsed) ? _host.Value.Candidates(name, parsed) : [parsed];
    }

    /// <summary>Makes the registry client's options of these settings. Credentials are not set: see
    /// <see cref="CredentialSources"/>.</summary>
    /// <returns>Options; what these settings do not set has its default.</returns>
    public RegistryOptions ToRegistryOptions()
    {
        var unset = new RegistryOptions();
        return unset with
        {
            Locations = Locations,
            Retries = Network.Retries ?? unset.Retries,
            ConnectionsPerHost = Network.ConnectionsPerHost ?? unset.ConnectionsPerHost,
            ConnectTimeout = Seconds(Network.ConnectTimeoutSeconds) ?? unset.ConnectTimeout,
            StallTimeout = Seconds(Network.StallTimeoutSeconds) ?? unset.StallTimeout,
            RequestDeadline = Seconds(Network.TotalTimeoutSeconds) ?? unset.RequestDeadline,
        };

        static TimeSpan? Seconds(double? count) => count is { } some ? TimeSpan.FromSeconds(some) : null;
    }

    private RegistryLocation ToLocation(PlannedEndpoint endpoint)
    {
        var settings = SettingsOf(endpoint.Reference.Registry);
        var (authorities, own) = _certificates.GetOrAdd(settings.Registry, _ => ReadCertificates(settings));
        return new RegistryLocation(endpoint.Reference.Registry, endpoint.Reference.Repository)
        {
            IsMirror = endpoint.IsMirror,
            Insecure = settings.Insecure ?? (endpoint.Insecure ? true : null),
            CaCertificates = authorities,
            ClientCertificate = own,
            Api = settings.Api,
            TokenRealms = settings.TokenRealms,
        };
    }

    private static (X509Certificate2Collection? Authorities, X509Certificate2? Own) ReadCertificates(RegistrySettings settings)
    {
        try
        {
            return (
                settings.CaCerts is { } file ? RegistryOptions.ReadCaCertificates(file) : null,
                settings.Cert is { } certificate ? X509Certificate2.CreateFromPemFile(certificate, settings.Key) : null);
        }
        catch (Exception e) when (IoFailure.Is(e) || e is CryptographicException)
        {
            throw new LoamException(ErrorCodes.ConfigurationInvalid, $"{settings.Registry}: {settings.Cert} and {settings.Key} cannot be used: {e.Message}", e);
        }
    }
}
