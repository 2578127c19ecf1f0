using System.Xml.Linq;
using Loam.TestKit;

namespace Loam.Samples.Tests;

/// <summary>
/// A folder outside the repository, as a user has one: the samples, and a feed of packages that were made just now. All samples are built
/// there once, with warnings as errors and with the analyzers for trimming and for ahead-of-time compilers.
/// </summary>
public sealed class Workshop : IAsyncLifetime
{
    /// <summary>What the samples are written for.</summary>
    public const string Framework = "net10.0";

    private readonly TemporaryFolder _folder = new();

    /// <summary>The packages.</summary>
    public string Feed => _folder["feed"];

    /// <summary>A NuGet configuration that has the feed for Loam's packages, and this host's sources for all others.</summary>
    public string Configuration => _folder["nuget.config"];

    /// <summary>The samples' projects.</summary>
    public IReadOnlyList<string> Projects =>
        [.. Directory.EnumerateFiles(_folder["samples"], "*.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>A file or folder that a test makes.</summary>
    public string this[string name] => _folder[name];

    /// <summary>A workshop whose packages and samples are for another framework, the one that a native <c>loam</c> is made for where the
    /// package source lacks this one's ahead-of-time packs. Nothing is built.</summary>
    public static async Task<Workshop> ForAsync(string framework)
    {
        var workshop = new Workshop();
        foreach (var project in (string[])["Loam.Filesystems", "Loam"])
        {
            workshop.Pack(Path.Combine("src", project), "-p:LoamNative=true", $"-p:LoamFramework={framework}");
        }

        await workshop.FurnishAsync();
        foreach (var project in workshop.Projects)
        {
            await File.WriteAllTextAsync(project, (await File.ReadAllTextAsync(project)).Replace(Framework, framework, StringComparison.Ordinal));
        }

        return workshop;
    }

    /// <summary>The program that a sample was built to.</summary>
    public string ProgramOf(string sample) => Path.Combine(SourceOf(sample), "bin", "Release", Framework, sample);

    /// <summary>The folder of a sample's sources.</summary>
    public string SourceOf(string sample) => Path.Combine(_folder["samples"], sample);

    public async ValueTask InitializeAsync()
    {
        Pack("Loam.slnx");
        await FurnishAsync();
        Succeed(Dotnet("build", Path.Combine(_folder["samples"], "Samples.slnx"), "-c", "Release", "-p:IsAotCompatible=true"));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs a command of the SDK that builds, with packages from <see cref="Configuration"/>.</summary>
    public ToolResult Dotnet(string command, string project, params string[] arguments) =>
        Run("dotnet", [command, project, "-warnaserror", "-nodeReuse:false", "--nologo", "-v", "quiet", .. arguments]);

    /// <summary>Runs a program with this folder's packages, and a state folder that all tests share.</summary>
    public ToolResult Run(string program, params string[] arguments) => Run(program, arguments, []);

    /// <summary>Runs a program with this folder's packages, a state folder that all tests share, and more variables.</summary>
    public ToolResult Run(string program, string[] arguments, Dictionary<string, string> environment) =>
        Tools.Run(program, arguments, input: null, new Dictionary<string, string>(environment, StringComparer.Ordinal)
        {
            ["NUGET_PACKAGES"] = _folder["packages"],
            ["NUGET_FALLBACK_PACKAGES"] = _folder["lent"],
            ["LOAM_HOME"] = _folder["state"],
        });

    /// <summary>Runs a program that must succeed.</summary>
    /// <returns>What it printed.</returns>
    public string Check(string program, params string[] arguments) => Succeed(Run(program, arguments));

    public static string Succeed(ToolResult result)
    {
        Assert.True(result.ExitCode == 0, $"ended with {result.ExitCode}:\n{result.All}");
        return result.Output;
    }

    /// <summary>Packs into the feed. The analyzers are left out: they have judged the code when the solution was built.</summary>
    private void Pack(string project, params string[] arguments) => Tools.Check(
        "dotnet",
        [
            "pack", Path.Combine(Repository.Root, project), "-c", "Release", "-o", Feed, "-p:RunAnalyzers=false", "-nodeReuse:false", "--nologo",
            "-v", "quiet", .. arguments,
        ]);

    private async Task FurnishAsync()
    {
        Copy(Path.Combine(Repository.Root, "samples"), _folder["samples"]);
        LendPackages();
        await WriteConfigurationAsync();
    }

    /// <summary>Shows this folder the packages that this host has, so that none is fetched twice; but none of Loam, whatever its version.</summary>
    private void LendPackages()
    {
        Directory.CreateDirectory(_folder["lent"]);
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } stated
            ? stated
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (var package in Directory.EnumerateDirectories(cache).Where(package => !IsLoam(Path.GetFileName(package))))
        {
            Directory.CreateSymbolicLink(Path.Combine(_folder["lent"], Path.GetFileName(package)), package);
        }
    }

    private async Task WriteConfigurationAsync()
    {
        var sources = Tools.Check("dotnet", "nuget", "list", "source", "--format", "Detailed").Split('\n')
            .Where(line => line.Contains(" [Enabled]", StringComparison.Ordinal))
            .Select(line => line[(line.IndexOf('.', StringComparison.Ordinal) + 1)..line.LastIndexOf('[')].Trim());
        var configuration = new XElement(
            "configuration",
            new XElement("packageSources", new XElement("add", new XAttribute("key", "loam"), new XAttribute("value", Feed))),
            new XElement("packageSourceMapping", sources.Select(source => Map(source, "*")).Append(Map("loam", "Loam", "Loam.*"))));
        await File.WriteAllTextAsync(Configuration, configuration.ToString());

        static XElement Map(string source, params string[] patterns) => new(
            "packageSource", new XAttribute("key", source), patterns.Select(pattern => new XElement("package", new XAttribute("pattern", pattern))));
    }

    private static bool IsLoam(string package) => package == "loam" || package.StartsWith("loam.", StringComparison.Ordinal);

    private static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(source))
        {
            File.WriteAllBytes(Path.Combine(target, Path.GetFileName(file)), File.ReadAllBytes(file));
        }

        foreach (var folder in Directory.EnumerateDirectories(source).Where(folder => Path.GetFileName(folder) is not ("bin" or "obj")))
        {
            Copy(folder, Path.Combine(target, Path.GetFileName(folder)));
        }
    }
}
