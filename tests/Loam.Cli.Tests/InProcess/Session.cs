using System.Text;
using System.Text.Json.Nodes;
using Loam.Cli.App;
using Loam.Cli.Options;
using Loam.TestKit;

namespace Loam.Cli.Tests.InProcess;

/// <summary>A state folder, and the program run on it within this process.</summary>
internal sealed class Session : IDisposable
{
    public TemporaryFolder Folder { get; } = new();

    public string State => Folder["state"];

    /// <summary>Loads an image with two layers under a name.</summary>
    public async Task<Session> LoadAsync(string name, string content = "one")
    {
        var lower = new TarAuthor().Directory("etc").File("etc/motd", new string('m', 3000)).End();
        var upper = new TarAuthor().Directory("opt").File("opt/app", content).Whiteout("etc/motd").End();
        await File.WriteAllBytesAsync(Folder["load.tar"], TestArchives.Docker(name, lower, upper));
        await CheckAsync($"load -q -i {Folder["load.tar"]}");
        return this;
    }

    /// <summary>Runs a command line.</summary>
    public async Task<(int Exit, string Output, string Error)> RunAsync(string line)
    {
        using var stdout = new MemoryStream();
        using var stderr = new StringWriter { NewLine = "\n" };
        var global = new GlobalOptions(_ => null, stdout);
        var exit = await LoamProgram.RunAsync(["--state-dir", State, .. Samples.Words(line)], global, stderr);
        return (exit, Encoding.UTF8.GetString(stdout.ToArray()), stderr.ToString());
    }

    /// <summary>Runs a command that must succeed, and gives what it printed.</summary>
    public async Task<string> CheckAsync(string line)
    {
        var (exit, output, error) = await RunAsync(line);
        Assert.True(exit == 0, error);
        return output;
    }

    public async Task<JsonObject> JsonAsync(string line) => JsonNode.Parse(await CheckAsync("--json " + line))!.AsObject();

    /// <summary>Runs a command that must fail, and gives its exit code and its line.</summary>
    public async Task<(int Exit, string Line)> FailAsync(string line)
    {
        var (exit, _, error) = await RunAsync(line);
        return (exit, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    public int Blobs() => Directory.GetFiles(Path.Combine(State, "images", "oci", "blobs", "sha256")).Length;

    public int Disks() => Directory.GetDirectories(Path.Combine(State, "images"), "sha256-*").Length;

    public void Dispose() => Folder.Dispose();
}
