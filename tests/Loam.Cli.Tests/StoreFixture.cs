using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>A registry with three images that share layers, and a state folder to pull them into.</summary>
internal sealed class StoreFixture : IAsyncDisposable
{
    public static readonly byte[] Base = new TarAuthor()
        .Directory("etc").File("etc/motd", new string('m', 5000)).File("etc/passwd", "root")
        .Directory("usr").File("usr/big", TestImage.Noise(300_000, 1)).End();

    public static readonly byte[] Top = new TarAuthor()
        .File("etc/motd", new string('n', 3000)).Whiteout("usr/big").Directory("opt").File("opt/app", "one").End();

    public static readonly byte[] Other = new TarAuthor().Directory("opt").File("opt/app", "two").File("opt/more", "x").End();

    public InProcessRegistry Registry { get; } = InProcessRegistry.Start();

    public TemporaryFolder Folder { get; } = new();

    public string State => Folder["state"];

    public string Images => Path.Combine(State, "images");

    public Digest App { get; }

    public Digest Tool { get; }

    public StoreFixture()
    {
        App = new TestImage().Add(Base).Add(Top).Push(Registry, "team/app", "1");
        Tool = new TestImage().Add(Base).Add(Other).Push(Registry, "team/tool", "1");
    }

    public string AppName => $"{Registry.Host}/team/app:1";

    public string ToolName => $"{Registry.Host}/team/tool:1";

    public string Check(params string[] arguments) => LoamBinary.Check([.. arguments, "--state-dir", State]);

    public JsonNode Json(params string[] arguments) => JsonNode.Parse(Check(["--json", .. arguments]))!;

    public ToolResult Run(params string[] arguments) => LoamBinary.Run([.. arguments, "--state-dir", State]);

    /// <summary>Runs a command that reads from its stdin.</summary>
    public ToolResult RunWith(string input, params string[] arguments) =>
        Tools.Run(LoamBinary.Path, [.. arguments, "--state-dir", State], System.Text.Encoding.UTF8.GetBytes(input), environment: null);

    /// <summary>Runs a command that must fail, and gives its error code.</summary>
    public (int Exit, string Code, string Message) Fail(params string[] arguments)
    {
        var result = Run(["--mode", "ax", .. arguments]);
        var error = JsonNode.Parse(result.Error.Trim().Split('\n')[^1])!["error"]!;
        return (result.ExitCode, (string)error["code"]!, (string)error["message"]!);
    }

    public StoreFixture Pull(params string[] names)
    {
        foreach (var name in names)
        {
            Check("pull", "-q", name);
        }

        return this;
    }

    /// <summary>Makes a workspace as far as the store looks at one.</summary>
    public void AddWorkspace(string name, string? image, string? disk)
    {
        var folder = Directory.CreateDirectory(Path.Combine(State, "workspaces", name)).FullName;
        var json = new JsonObject { ["schema"] = 1, ["image"] = image, ["disk"] = disk, ["cpus"] = 1 };
        File.WriteAllText(Path.Combine(folder, "workspace.json"), json.ToJsonString());
    }

    public IReadOnlyList<string> Names() => [.. Json("image", "list")["images"]!.AsArray().Select(image => (string)image!["image_ref"]!)];

    public int Blobs() => Directory.GetFiles(Path.Combine(Images, "oci", "blobs", "sha256")).Length;

    public int Disks() => Directory.GetDirectories(Images, "sha256-*").Length;

    /// <summary>What the state folder takes, as du(1) counts it, folders not counted.</summary>
    public long Allocated() => long.Parse(
        Tools.Check("bash", "-c", $"find '{Images}' -type f -printf '%b\\n' | awk '{{ s += $1 }} END {{ print s * 512 }}'").Trim(),
        System.Globalization.CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await Registry.DisposeAsync();
        Folder.Dispose();
    }
}
