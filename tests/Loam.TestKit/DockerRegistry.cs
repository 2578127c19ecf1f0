using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Loam.TestKit;

/// <summary>Debian's <c>docker-registry</c> on a free port of this machine, with storage of its own.</summary>
public sealed class DockerRegistry : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Process _process;

    private DockerRegistry()
    {
        Host = $"127.0.0.1:{FreePort()}";
        File.WriteAllText(_folder["config.yml"], $$$"""
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: {{{_folder["data"]}}}}}
            http: {addr: {{{Host}}}}
            """);
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

    public static async Task<DockerRegistry> StartAsync()
    {
        Tools.Require("docker-registry", "skopeo");
        var registry = new DockerRegistry();
        using var http = new HttpClient();
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://{registry.Host}/v2/"));
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
