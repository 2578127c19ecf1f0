using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Images for machines, in a registry, and a state folder that has them.</summary>
public sealed class GuestImages : IAsyncLifetime
{
    private InProcessRegistry? _registry;

    /// <summary>A megabyte that stands in the images as <c>/noise</c>.</summary>
    public static byte[] Noise { get; } = TestImage.Noise(1_000_000, 11);

    public TemporaryFolder Folder { get; } = new();

    public string State => Folder["state"];

    /// <summary>An image with a shell.</summary>
    public string Shell => $"{_registry!.Host}/shell:1";

    /// <summary>The same with a user, a folder, an entry point and variables.</summary>
    public string WithUser => $"{_registry!.Host}/user:1";

    /// <summary>An image of one static program, <c>/cat</c>, and a user by number.</summary>
    public string Bare => $"{_registry!.Host}/bare:1";

    public ValueTask InitializeAsync()
    {
        if (Tools.Find("busybox") is not { } path)
        {
            return ValueTask.CompletedTask;
        }

        _registry = InProcessRegistry.Start();
        var busybox = File.ReadAllBytes(path);
        var system = new TarAuthor()
            .Directory("./").Busybox(busybox).Directory("etc").Directory("tmp", 0b001_111_111_111).Directory("home")
            .Directory("home/web", uid: 1000, gid: 1000).File("noise", Noise)
            .File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/home/web:/bin/sh\n")
            .File("etc/group", "root:x:0:\nweb:x:1000:\naudio:x:29:web\nvideo:x:44:root,web\n")
            .Directory("data", uid: 1000, gid: 1000).Symlink("link", "/data");
        var tar = system.End();
        new TestImage().Add(tar).Push(_registry, "shell", "1");
        new TestImage
        {
            Run = new JsonObject
            {
                ["User"] = "web",
                ["WorkingDir"] = "/link",
                ["Env"] = new JsonArray("PATH=/bin", "GREETING=it's \"so\" $HOME\nnew line"),
                ["Entrypoint"] = new JsonArray("/bin/sh", "-c"),
                ["Cmd"] = new JsonArray("id; pwd; echo \"$GREETING\"; echo $HOME; hostname >/dev/null && echo $EXTRA"),
            },
        }.Add(tar).Push(_registry, "user", "1");
        new TestImage { Run = new JsonObject { ["User"] = "1234:56", ["Cmd"] = new JsonArray("/cat") } }
            .Add(new TarAuthor().File("cat", busybox, 0b111_101_101).End()).Push(_registry, "bare", "1");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_registry is not null)
        {
            await _registry.DisposeAsync();
        }

        Folder.Dispose();
    }

    /// <summary>Skips the test where no machine can be booted.</summary>
    public static void Require() => Tools.RequireMachine();

    public ToolResult Run(params string[] arguments) => LoamBinary.Run(["--state-dir", State, .. arguments]);

    public string Check(params string[] arguments) => LoamBinary.Check(["--state-dir", State, .. arguments]);

    public (int ExitCode, byte[] Output, byte[] Error) RunRaw(byte[] input, params string[] arguments) =>
        Tools.RunRaw(LoamBinary.Path, ["--state-dir", State, .. arguments], input);

    public JsonNode Status(string workspace) => JsonNode.Parse(Check("status", workspace, "--json"))!;
}
