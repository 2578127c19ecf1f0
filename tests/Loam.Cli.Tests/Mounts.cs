using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>A disk mounted by the kernel, read-only, until disposed.</summary>
internal sealed class LoopMount : IDisposable
{
    public LoopMount(string disk, string folder)
    {
        Path = Directory.CreateDirectory(folder).FullName;
        Tools.Check("mount", "-o", "loop,ro", disk, Path);
    }

    public string Path { get; }

    public void Dispose() => Tools.Run("umount", Path);
}

/// <summary>What other tools say of a disk or an image.</summary>
internal static class Judges
{
    /// <summary>Fails if e2fsck has a single complaint.</summary>
    public static void AssertClean(string disk)
    {
        var result = Tools.Run("e2fsck", "-fn", disk);
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(
            result.ExitCode == 0 && lines.Length == 6 && lines[..5].All(line => line.StartsWith("Pass ", StringComparison.Ordinal)),
            $"e2fsck -fn ended with {result.ExitCode}:\n{result.All}");
    }

    /// <summary>Unpacks an image with umoci, as root.</summary>
    /// <returns>Its root.</returns>
    public static string UmociUnpack(string layout, string name, string bundle)
    {
        Tools.Check("umoci", "unpack", "--image", $"{layout}:{name}", bundle);
        return Path.Combine(bundle, "rootfs");
    }
}
