using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Loam.TestKit;

namespace Loam.Samples.Tests;

/// <summary>
/// Samples are published as native programs without one warning of the ahead-of-time compiler, and run. Where the package source lacks the
/// ahead-of-time packs of the samples' framework, the test says so and does the two next best things: it trims them for that framework,
/// which warns of the same reflection, and it compiles them for the framework that <c>eng/publish</c> had to make <c>$LOAM_BIN</c> for.
/// </summary>
public sealed partial class PublishTests(Workshop workshop)
{
    private static readonly string Linker = Tools.Find("clang") is null ? "gcc" : "clang";
    private static readonly string[] Native = ["-r", "linux-x64", "-p:PublishAot=true", $"-p:CppCompilerAndLinker={Linker}"];
    private static readonly string[] Trimmed = ["-r", "linux-x64", "-p:PublishTrimmed=true", "--self-contained", "-p:IsAotCompatible=true"];

    [Fact]
    public async Task PullWithProgress_is_published_without_a_warning()
    {
        await using var registry = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().File("published", "yes\n").End()).Push(registry, "published", "1");
        await PublishAsync("PullWithProgress", (place, program) =>
        {
            var disk = place.Check(program, $"{registry.Host}/published:1").TrimEnd();
            Tools.Check("e2fsck", "-fn", disk);
            Assert.Equal("yes\n", Tools.Check("debugfs", "-R", "cat /published", disk));
        });
    }

    [Fact]
    public async Task FolderToDisk_is_published_without_a_warning() => await PublishAsync("FolderToDisk", (place, program) =>
    {
        Directory.CreateDirectory(place["published/etc"]);
        var listing = place.Check(program, place["published"], place["published.ext4"]);
        Assert.Contains(" 755 0:0 /etc folder\n", listing, StringComparison.Ordinal);
        Tools.Check("e2fsck", "-fn", place["published.ext4"]);
    });

    private async Task PublishAsync(string sample, Action<Workshop, string> use)
    {
        Tools.Require("e2fsck", "debugfs", Linker);
        var restored = workshop.Dotnet("restore", workshop.SourceOf(sample), Native);
        if (restored.ExitCode == 0)
        {
            use(workshop, Publish(workshop, sample, Native));
            return;
        }

        var missing = MissingPack().Match(restored.All);
        Assert.True(missing.Success, $"restore failed:\n{restored.All}");
        TestContext.Current.AddWarning($"{missing.Value}: {sample} for {Workshop.Framework} is trimmed, not compiled ahead of time");
        use(workshop, Publish(workshop, sample, Trimmed));

        if (FrameworkOfNativeLoam() is not { } framework)
        {
            TestContext.Current.AddWarning($"no native $LOAM_BIN of another framework: {sample} is not compiled ahead of time at all");
            return;
        }

        TestContext.Current.AddWarning($"{sample} is compiled ahead of time for {framework}, as $LOAM_BIN is");
        await using var older = await Workshop.ForAsync(framework);
        use(older, Publish(older, sample, Native));
    }

    /// <returns>The program.</returns>
    private static string Publish(Workshop workshop, string sample, string[] arguments)
    {
        var output = workshop[$"publish-{sample}"];
        Workshop.Succeed(workshop.Dotnet("publish", workshop.SourceOf(sample), [.. arguments, "-p:TrimmerSingleWarn=false", "-o", output]));
        return Path.Combine(output, sample);
    }

    /// <summary>The framework of <c>$LOAM_BIN</c>; null where it is none, or the tests' own.</summary>
    private static string? FrameworkOfNativeLoam()
    {
        if (Environment.GetEnvironmentVariable("LOAM_BIN") is not { Length: > 0 } program)
        {
            return null;
        }

        var runtime = JsonNode.Parse(Tools.Check(program, "version", "--json"))!["runtime"]!.GetValue<string>();
        var version = Version.Parse(runtime[".NET ".Length..]);
        return version.Major == Environment.Version.Major ? null : $"net{version.Major}.{version.Minor}";
    }

    [GeneratedRegex(@"NU110[123].*Microsoft\.(NETCore|DotNet)\S*[\w-]", RegexOptions.ExplicitCapture)]
    private static partial Regex MissingPack();
}
