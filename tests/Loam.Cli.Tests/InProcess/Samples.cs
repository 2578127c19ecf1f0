using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Loam.Cli.Commands;
using Loam.Cli.Guest;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Tests.InProcess;

/// <summary>Records as the library hands them to the program, each field with a value of its own.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Time = new(2026, 1, 31, 13, 14, 15, TimeSpan.FromHours(1));

    public static Digest DigestOf(string text) => Digest.Sha256(Encoding.UTF8.GetBytes(text));

    public static ImageRecord Image(string name = "registry.example/team/app:1", long sizeBytes = 4_000_000) => new(
        name, "registry.example/team/app", DigestOf("manifest"), Platform.Parse("linux/arm/v7"), "/disks/app.ext4", sizeBytes, Time);

    public static DiskRecord Disk => new()
    {
        ImageRef = "registry.example/team/app:1",
        ResolvedRef = "registry.example/team/app@sha256:…",
        Digest = DigestOf("manifest"),
        IndexDigest = DigestOf("index"),
        ConfigDigest = DigestOf("config"),
        Platform = Platform.Parse("linux/arm/v7"),
        Layers = [new DiskLayer(DigestOf("blob"), DigestOf("layer"), "type", 10)],
        Options = new DiskOptionsRecord("loam", null, null, null),
        Disk = new DiskFacts("rootfs.ext4", "ext4", "5ha", 4_000_000, 1_500_000, 1024, 900, Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")),
        Tool = new DiskTool("loam", "1"),
        Warnings = ["something was left out"],
    };

    /// <summary>Parses a command line as the program does.</summary>
    public static (ParseResult Parsed, GlobalOptions Global) Parse(string line, params (string Name, string Value)[] environment)
    {
        var global = new GlobalOptions(name => environment.FirstOrDefault(variable => variable.Name == name).Value);
        var root = CommandTree.Create(global);
        return (root.Parse(GuestArguments.Separate(root, Words(line))), global);
    }

    /// <summary>A command line's words; quotes keep one together.</summary>
    public static string[] Words(string line) =>
        [.. line.Split('\'').SelectMany((part, index) => index % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    /// <summary>What a result prints in a form.</summary>
    public static string Print(Action<Results> write, bool json = false, bool quiet = false)
    {
        using var output = new MemoryStream();
        write(new Results(json, quiet, output));
        return Encoding.UTF8.GetString(output.ToArray());
    }

    /// <summary>A value as the program's JSON has it.</summary>
    public static JsonObject Json<T>(T value, JsonTypeInfo<T> type) =>
        JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(value, type))!.AsObject();
}
