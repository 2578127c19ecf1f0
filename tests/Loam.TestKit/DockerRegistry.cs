using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Loam.TestKit;

/// <summary>Debian's <c>docker-registry</c> on a free port of this machine, with storage of its own.</summary>
public sealed class DockerRegistry : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Process _process;

    private DockerRegistry((string User, string Password)? login, PrivateAuthority? authority)
    {
        Host = $"127.0.0.1:{FreePort()}";
        File.WriteAllText(_folder["config.yml"], $$$"""
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: {{{_folder["data"]}}}}}
            http: {addr: {{{Host}}}{{{(authority is null ? "" : $", tls: {{certificate: {authority.Certificate}, key: {authority.Key}}}")}}}}
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
    public static async Task<DockerRegistry> StartAsync((string User, string Password)? login = null, PrivateAuthority? authority = null)
    {
        Tools.Require("docker-registry", "skopeo");
        if (login is not null)
        {
            Tools.Require("htpasswd");
        }

        var registry = new DockerRegistry(login, authority);
        using var connections = new SocketsHttpHandler();
        if (authority is not null)
        {
            connections.SslOptions.CertificateChainPolicy = authority.CreateChainPolicy();
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
