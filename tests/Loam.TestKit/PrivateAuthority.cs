using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Loam.TestKit;

/// <summary>A certificate authority that nobody trusts, an authority below it, and certificates of this machine and of a
/// client that this one vouches for, as PEM files.</summary>
public sealed class PrivateAuthority : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PrivateAuthority()
    {
        var from = DateTimeOffset.UtcNow.AddDays(-1);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Loam test authority {Guid.NewGuid():N}", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using var authority = request.CreateSelfSigned(from, from.AddDays(30));
        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var below = new CertificateRequest($"CN=Loam test authority below {Guid.NewGuid():N}", middleKey, HashAlgorithmName.SHA256);
        below.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using var signed = below.Create(authority, from, from.AddDays(29), [1, 2, 3, 3]);
        using var middle = signed.CopyWithPrivateKey(middleKey);
        using var clientKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var client = new CertificateRequest("CN=loam client", clientKey, HashAlgorithmName.SHA256);
        using var clientCertificate = client.Create(authority, from, from.AddDays(29), [1, 2, 3, 5]);
        File.WriteAllText(ClientCertificate, clientCertificate.ExportCertificatePem());
        File.WriteAllText(ClientKey, clientKey.ExportPkcs8PrivateKeyPem());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        server.CertificateExtensions.Add(names.Build());
        using var certificate = server.Create(middle, from, from.AddDays(28), [1, 2, 3, 4]);
        File.WriteAllText(Authority, authority.ExportCertificatePem());
        File.WriteAllText(Certificate, $"{certificate.ExportCertificatePem()}\n{middle.ExportCertificatePem()}\n");
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The authority's own certificate.</summary>
    public string Authority => _folder["ca.crt"];

    /// <summary>The folder of <see cref="Authority"/>, as skopeo's <c>--cert-dir</c> wants it.</summary>
    public string Folder => _folder.Path;

    /// <summary>A client's certificate, signed by <see cref="Authority"/> itself.</summary>
    public string ClientCertificate => _folder["client.pem"];

    /// <summary>The key of <see cref="ClientCertificate"/>.</summary>
    public string ClientKey => _folder["client-key.pem"];

    /// <summary>The certificate of 127.0.0.1 and localhost, and that of the authority below which signed it.</summary>
    public string Certificate => _folder["server.pem"];

    /// <summary>The key of <see cref="Certificate"/>.</summary>
    public string Key => _folder["server-key.pem"];

    /// <summary>Trusts this authority and no other.</summary>
    public X509ChainPolicy CreateChainPolicy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(Authority) },
        RevocationMode = X509RevocationMode.NoCheck,
    };

    public void Dispose() => _folder.Dispose();
}
