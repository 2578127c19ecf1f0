using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>The acceptance image, authored once and kept for later runs, in a registry of its own.</summary>
public sealed class DebianImage : IAsyncLifetime
{
    private DockerRegistry? _registry;

    /// <summary>The image as an OCI layout; its name there is "debian".</summary>
    public string Layout { get; private set; } = "";

    /// <summary>The image's reference.</summary>
    public string Reference { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (!Environment.IsPrivilegedProcess || Tools.Find("mmdebstrap") is null || Tools.Find("umoci") is null || Tools.Find("docker-registry") is null)
        {
            return;
        }

        var script = Path.Combine(Repository.Root, "tests", "images", "debian");
        var cache = Environment.GetEnvironmentVariable("LOAM_TEST_CACHE") is { Length: > 0 } stated
            ? stated
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "loam-tests");
        Layout = Path.Combine(cache, "debian-" + Digest.Sha256(await File.ReadAllBytesAsync(script)).Hex[..16]);
        if (!Directory.Exists(Layout))
        {
            Tools.Check("bash", script, Layout);
        }

        _registry = await DockerRegistry.StartAsync();
        Reference = _registry.Push(Layout, "debian", "debian");
    }

    public async ValueTask DisposeAsync()
    {
        if (_registry is not null)
        {
            await _registry.DisposeAsync();
        }
    }

    /// <summary>Skips the test where the image cannot be made.</summary>
    public void Require()
    {
        Tools.RequireRoot();
        Tools.Require("mmdebstrap", "umoci", "docker-registry", "skopeo", "e2fsck", "getfattr", "mount");
    }
}
