using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Certificates of both sides, against Debian's registry.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly PrivateAuthority _authority = new();
    private readonly PrivateAuthority _stranger = new();
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_registry_that_wants_a_certificate_gets_it_and_no_other()
    {
        await using var registry = await DockerRegistry.StartAsync(new DockerRegistrySettings { Authority = _authority, WantsClientCertificate = true });
        var trusting = new RegistryOptions { CaCertificates = RegistryOptions.ReadCaCertificates(_authority.Authority), Retries = 0 };
        Assert.Equal(ErrorCodes.ManifestUnknown, await FailAsync(registry.Host, trusting with { ClientCertificate = Own(_authority) }));
        Assert.Equal(ErrorClass.Network, (await FailAsync(registry.Host, trusting)).Class);
        Assert.Equal(ErrorClass.Network, (await FailAsync(registry.Host, trusting with { ClientCertificate = Own(_stranger) })).Class);

        // The same by config.json, and what the call itself says wins over it.
        await File.WriteAllTextAsync(
            _folder["config.json"],
            $$$"""{"registries":{"{{{registry.Host}}}":{"ca_certs":"{{{_authority.Authority}}}","cert":"""
            + $$$""" "{{{_authority.ClientCertificate}}}","key":"{{{_authority.ClientKey}}}"} } }""",
            Token);
        var configured = LoamConfiguration.Load(_folder.Path, _ => null).ToRegistryOptions() with { Retries = 0 };
        Assert.Equal(ErrorCodes.ManifestUnknown, await FailAsync(registry.Host, configured));
        Assert.Equal(ErrorClass.Network, (await FailAsync(registry.Host, configured with { ClientCertificate = Own(_stranger) })).Class);

        // A mirror does not see what is meant for the registry.
        var mirror = new RegistryLocation(registry.Host, "app") { IsMirror = true };
        await using var origin = InProcessRegistry.Start();
        Assert.Equal(ErrorCodes.ManifestUnknown, await FailAsync(
            registry.Host,
            trusting with { ClientCertificate = Own(_authority), Locations = _ => [mirror, new RegistryLocation(origin.Host, "app") { Insecure = true }] }));
        Assert.Single(origin.Calls);
    }

    [Fact]
    public async Task Only_the_authorities_that_were_named_are_trusted_each_time()
    {
        await using var registry = await DockerRegistry.StartAsync(new DockerRegistrySettings { Authority = _authority });
        var (right, wrong) = (RegistryOptions.ReadCaCertificates(_authority.Authority), RegistryOptions.ReadCaCertificates(_stranger.Authority));
        var options = new RegistryOptions { Retries = 5, CaCertificates = wrong };
        Assert.Equal(ErrorCodes.TlsUntrusted, await FailAsync(registry.Host, options));
        var location = new RegistryLocation(registry.Host, "app");
        Assert.Equal(ErrorCodes.ManifestUnknown, await FailAsync(registry.Host, options with { Locations = _ => [location with { CaCertificates = right }] }));
        Assert.Equal(
            ErrorCodes.ManifestUnknown,
            await FailAsync(registry.Host, options with { CaCertificates = right, Locations = _ => [location with { CaCertificates = wrong }] }));
        Assert.Equal(ErrorCodes.TlsUntrusted, await FailAsync(registry.Host, new RegistryOptions { Locations = _ => [location with { Insecure = false }] }));
    }

    private static System.Security.Cryptography.X509Certificates.X509Certificate2 Own(PrivateAuthority authority) =>
        RegistryOptions.ReadClientCertificate(authority.ClientCertificate, authority.ClientKey);

    private static async Task<ErrorCode> FailAsync(string host, RegistryOptions options)
    {
        using var client = new RegistryClient(options);
        return (await Assert.ThrowsAsync<LoamException>(() => client.GetManifestAsync(ImageReference.Parse($"{host}/app:1"), Token))).Code;
    }
}
