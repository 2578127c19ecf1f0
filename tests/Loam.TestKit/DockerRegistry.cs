using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Loam.TestKit;

/// <summary>What is special about a <see cref="DockerRegistry"/>.</summary>
public sealed record DockerRegistrySettings
{
    /// <summary>Who alone may do anything; null for everybody.</summary>
    public (string User, string Password)? Login { get; init; }

    /// <summary>Who vouches for it; null for plain HTTP.</summary>
    public PrivateAuthority? Authority { get; init; }

    /// <summary>Whether clients must show a certificate of the authority.</summary>
    public bool WantsClientCertificate { get; init; }

    /// <summary>Whose tokens it wants; null for none.</summary>
    public TokenAuthority? Tokens { get; init; }

    /// <summary>The registry that it is a pull-through mirror of: an address.</summary>
    public string? MirrorOf { get; init; }

    /// <summary>Whether what it has can be deleted.</summary>
    public bool Deletes { get; init; }

    /// <summary>The folder that its API is under: <c>/some/path/</c>.</summary>
    public string Prefix { get; init; } = "/";
}

/// <summary>Debian's <c>docker-registry</c> on a free port of this machine, with storage of its own.</summary>
public sealed class DockerRegistry : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Process _process;

    private DockerRegistry(DockerRegistrySettings settings)
    {
        var (login, authority, tokens) = (settings.Login, settings.Authority, settings.Tokens);
        var clients = settings.WantsClientCertificate ? $", clientcas: [{authority?.Authority}]" : "";
        var tls = authority is null ? "" : $", tls: {{certificate: {authority.Certificate}, key: {authority.Key}{clients}}}";
        var token = tokens is null
            ? ""
            : $"auth: {{token: {{realm: \"{tokens.Realm}\", service: '{TokenAuthority.Service}', issuer: {TokenAuthority.Issuer}, "
                + $"rootcertbundle: {tokens.CertificatePath}}}}}";
        Host = $"127.0.0.1:{FreePort()}";
        File.WriteAllText(_folder["config.yml"], $$$"""
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: {{{_folder["data"]}}}}, delete: {enabled: {{{(settings.Deletes ? "true" : "false")}}}}}
            http: {addr: {{{Host}}}, prefix: {{{settings.Prefix}}}{{{tls}}}}
            {{{(settings.MirrorOf is { } remote ? $"proxy: {{remoteurl: \"{remote}\"}}" : "")}}}
            {{{token}}}
            {{{(login is null ? "" : $"auth: {{htpasswd: {{realm: test, path: {_folder["htpasswd"]}}}}}")}}}
            """);
        if (login is var (user, password))
        {
            File.WriteAllText(_folder["htpasswd"], Tools.Run("htpasswd", ["-niB", user], Encoding.UTF8.GetBytes(password), environment: null).Output);
        }

        var start = new ProcessStartInfo(Tools.Find("docker-registry")!, ["serve", _folder["config.yml"]])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Host and port.</summary>
    public string Host { get; }

    /// <summary>Where it keeps its blobs.</summary>
    public string DataPath => _folder["data"];

    /// <summary>Starts one.</summary>
    /// <param name="login">Who alone may do anything; null for everybody.</param>
    /// <param name="authority">Who vouches for it; null for plain HTTP.</param>
    public static Task<DockerRegistry> StartAsync((string User, string Password)? login = null, PrivateAuthority? authority = null) =>
        StartAsync(new DockerRegistrySettings { Login = login, Authority = authority });

    public static async Task<DockerRegistry> StartAsync(DockerRegistrySettings settings)
    {
        Tools.Require("docker-registry", "skopeo");
        var authority = settings.Authority;
        if (settings.Login is not null)
        {
            Tools.Require("htpasswd");
        }

        var registry = new DockerRegistry(settings);
        using var connections = new SocketsHttpHandler();
        if (authority is not null)
        {
            connections.SslOptions.CertificateChainPolicy = authority.CreateChainPolicy();
            connections.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(authority.ClientCertificate, authority.ClientKey)];
        }

        using var http = new HttpClient(connections);
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"{(authority is null ? "http" : "https")}://{registry.Host}/v2/"));
                return registry;
            }
            catch (HttpRequestException) when (tries < 200)
            {
                await Task.Delay(50);
            }
        }
    }

    /// <summary>Copies an image of an OCI layout into it.</summary>
    /// <returns>The reference it has there.</returns>
    public string Push(string layout, string name, string repository)
    {
        var reference = $"{Host}/{repository}:latest";
        Tools.Check("skopeo", "copy", "-q", "--dest-tls-verify=false", "--preserve-digests", $"oci:{layout}:{name}", $"docker://{reference}");
        return reference;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
