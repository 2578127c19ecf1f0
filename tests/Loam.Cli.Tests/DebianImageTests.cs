using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>A real system's image, from a real registry, against tools that Loam did not write.</summary>
public sealed class DebianImageTests(DebianImage image) : IClassFixture<DebianImage>
{
    [Fact]
    public void The_disk_is_clean_mounts_and_equals_what_umoci_unpacks()
    {
        image.Require();
        using var folder = new TemporaryFolder();
        var disk = LoamBinary.Check("pull", "-q", image.Reference, "--state-dir", folder["state"]).Trim();
        Judges.AssertClean(disk);
        var expected = TreeListing.Of(Judges.UmociUnpack(image.Layout, "debian", folder["bundle"]));
        using var mount = new LoopMount(disk, folder["mount"]);
        var actual = TreeListing.Of(mount.Path);
        Assert.True(actual.Count > 30_000, $"only {actual.Count} entries");
        TreeListing.AssertSame(expected, actual);
    }

    [Fact]
    public void Without_root_the_disk_is_the_same_byte_for_byte()
    {
        image.Require();
        Tools.Require("setpriv");
        using var folder = new TemporaryFolder();
        var nobody = Directory.CreateDirectory(folder["nobody"]).FullName;
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(nobody, (UnixFileMode)0b111_111_111);
        var program = Path.Combine(nobody, "loam");
        Tools.Check("cp", "-r", Path.GetDirectoryName(LoamBinary.Path)!, Path.Combine(nobody, "bin"));
        Tools.Check("chmod", "-R", "a+rX", Path.Combine(nobody, "bin"));
        program = Path.Combine(nobody, "bin", Path.GetFileName(LoamBinary.Path));
        var asRoot = JsonNode.Parse(LoamBinary.Check("pull", "--json", image.Reference, "--state-dir", folder["state"]))!;
        var asNobody = JsonNode.Parse(Tools.Check(
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", "env", $"HOME={nobody}",
            program, "pull", "--json", image.Reference, "--state-dir", Path.Combine(nobody, "state")))!;
        Assert.Equal((string)asRoot["sha256"]!, (string)asNobody["sha256"]!);
        Tools.Check("cmp", (string)asRoot["output_path"]!, (string)asNobody["output_path"]!);
    }

    [Fact]
    public void Skopeo_reads_the_registrys_digests_from_the_store()
    {
        image.Require();
        using var folder = new TemporaryFolder();
        LoamBinary.Check("pull", "-q", image.Reference, "--state-dir", folder["state"]);
        var there = Tools.Check("skopeo", "inspect", "--raw", "--tls-verify=false", $"docker://{image.Reference}");
        var here = Tools.Check("skopeo", "inspect", "--raw", $"oci:{folder["state"]}/images/oci:{image.Reference}");
        Assert.Equal(there, here);
        Tools.Check("skopeo", "copy", "-q", "--preserve-digests", $"oci:{folder["state"]}/images/oci:{image.Reference}", $"oci:{folder["copy"]}:t");
        Assert.Equal(there, Tools.Check("skopeo", "inspect", "--raw", $"oci:{folder["copy"]}:t"));
    }
}
