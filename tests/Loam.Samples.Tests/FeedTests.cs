using System.IO.Compression;
using System.Xml.Linq;
using Loam.TestKit;

namespace Loam.Samples.Tests;

/// <summary>What the samples are made of: packages from the feed, and nothing of the repository's.</summary>
public sealed class FeedTests(Workshop workshop)
{
    private static readonly string[] Samples = ["BootFixture", "CommitAndPush", "FolderToDisk", "HostedPuller", "PullWithProgress"];

    [Fact]
    public void Every_sample_is_built_and_listed()
    {
        Assert.Equal(Samples, workshop.Projects.Select(Path.GetFileNameWithoutExtension));
        Assert.All(Samples, sample => Assert.True(File.Exists(workshop.ProgramOf(sample)), sample));
        var list = File.ReadAllText(Path.Combine(Repository.Root, "samples", "README.md"));
        Assert.All(Samples, sample => Assert.Contains($"[{sample}]({sample})", list, StringComparison.Ordinal));
        var solution = XDocument.Load(Path.Combine(Repository.Root, "Loam.slnx")).Descendants("Project").Select(project => project.Attribute("Path")!.Value);
        Assert.DoesNotContain(solution, path => path.StartsWith("samples/", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_sample_runs_with_the_libraries_of_the_feed()
    {
        var packed = Directory.EnumerateFiles(workshop.Feed, "*.nupkg").SelectMany(Libraries)
            .ToDictionary(library => library.Name, library => library.Digest, StringComparer.Ordinal);
        Assert.Equal(["Loam.Filesystems.dll", "Loam.Machines.dll", "Loam.dll"], packed.Keys.Order(StringComparer.Ordinal));
        foreach (var sample in Samples)
        {
            var used = Directory.EnumerateFiles(Path.GetDirectoryName(workshop.ProgramOf(sample))!, "Loam*.dll").ToList();
            Assert.Contains(used, path => Path.GetFileName(path) == "Loam.Filesystems.dll");
            Assert.All(used, path => Assert.Equal(packed[Path.GetFileName(path)], Digest.Sha256(File.ReadAllBytes(path))));
        }
    }

    [Fact]
    public void The_program_is_a_tool()
    {
        var tools = workshop["tools"];
        workshop.Check("dotnet", "tool", "install", "Loam.Tool", "--tool-path", tools, "--configfile", workshop.Configuration);
        var version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;
        Assert.Equal($"loam {version}", workshop.Check(Path.Combine(tools, "loam"), "version").Split('\n')[0]);
    }

    private static IEnumerable<(string Name, Digest Digest)> Libraries(string package)
    {
        using var archive = ZipFile.OpenRead(package);
        foreach (var entry in archive.Entries.Where(entry =>
            Path.GetDirectoryName(entry.FullName) == $"lib/{Workshop.Framework}" && entry.Name.EndsWith(".dll", StringComparison.Ordinal)))
        {
            using var content = entry.Open();
            using var bytes = new MemoryStream();
            content.CopyTo(bytes);
            yield return (entry.Name, Digest.Sha256(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
        }
    }
}
