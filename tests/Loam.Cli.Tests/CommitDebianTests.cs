using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>A real system's disk becomes an image again.</summary>
public sealed class CommitDebianTests(DebianImage image) : IClassFixture<DebianImage>
{
    private const long MostMemory = 150_000_000;

    private const string Changes = """
        set -e
        mkdir /made; i=0; while [ $i -lt 2000 ]; do echo $i >/made/f$i; i=$((i+1)); done
        rm -rf /usr/share/zoneinfo /srv/small/12; rm /etc/hostname
        chown 12:34 /made/f2; ln /made/f2 /made/twin; ln -s nowhere /made/link
        setcap cap_net_admin+ep /usr/bin/sqlite3; setfattr -n user.note -v changed /made/f3
        mknod /made/device c 1 7; mkfifo /made/pipe; chmod 4755 /made/f4
        truncate -s 100M /made/sparse; echo end >>/made/sparse
        """;

    [Fact]
    public async Task It_takes_little_memory_and_is_the_same_again()
    {
        image.Require();
        using var folder = new TemporaryFolder();
        var disk = LoamBinary.Check("pull", "-q", image.Reference, "--state-dir", folder["state"]).Trim();
        foreach (var options in (string[][])[["local/whole:1"], ["local/layered:1", "--layered", "--base", image.Reference]])
        {
            using var commit = LoamBinary.Start(["commit", "--from-disk", disk, "-q", "--state-dir", folder["state"], .. options]);
            Assert.InRange(await PeakMemory.WatchAsync(commit), 1, MostMemory);
            Assert.Equal(0, commit.ExitCode);
        }

        // Nothing has changed, so the layered image has its base's layers and no more; and the other is the same tree.
        Assert.Equal(Layers(folder, image.Reference), Layers(folder, "local/layered:1"));
        Assert.Single(Layers(folder, "local/whole:1"));
        Assert.Equal("", LoamBinary.Check("image", "diff", image.Reference, "local/whole:1", "-q", "--state-dir", folder["state"]).Trim());
    }

    /// <summary>The page's own session, with a real guest and a real system.</summary>
    [Fact]
    public void What_a_guest_changed_is_pushed_and_runs()
    {
        image.Require();
        GuestImages.Require();
        using var folder = new TemporaryFolder();
        string[] state = ["--state-dir", folder["state"]];
        LoamBinary.Check(["pull", "-q", image.Reference, .. state]);
        LoamBinary.Check(["create", "research", "--image", image.Reference, "--size-mib", "1200", "-q", .. state]);
        LoamBinary.Check(["start", "-d", "research", .. state]);
        LoamBinary.Check(["exec", "research", .. state, "--", "sh", "-c", Changes]);
        LoamBinary.Check(["halt", "research", .. state]);
        var disk = Path.Combine(folder["state"], "workspaces", "research", "disk.ext4");
        Judges.AssertClean(disk);
        SortedDictionary<string, string> expected;
        using (var mount = new LoopMount(disk, folder["mount"]))
        {
            expected = TreeListing.Of(mount.Path);
        }

        var sent = new List<long>();
        foreach (var (tag, options) in ((string, string[])[])[("1", ["--layered"]), ("2", [])])
        {
            var name = $"{image.Reference.Split('/')[0]}/team/research:{tag}";
            var made = JsonNode.Parse(LoamBinary.Check(["commit", "research", name, "--push", "--json", .. options, .. state]))!;
            sent.Add((long)made["pushed"]!["uploaded_bytes"]!);
            Tools.Check("skopeo", "copy", "-q", "--src-tls-verify=false", $"docker://{name}", $"oci:{folder["layout"]}:{tag}");
            TreeListing.AssertSame(expected, TreeListing.Of(Judges.UmociUnpack(folder["layout"], tag, folder[$"bundle{tag}"])));
        }

        // What changed is a hundredth of the system.
        Assert.InRange(sent[0], 100_000, sent[1] / 20);
        Assert.Equal(
            "1999\n12:34 2\ngone\n",
            LoamBinary.Check(["run", "-q", $"{image.Reference.Split('/')[0]}/team/research:1", "--state-dir", folder["other"], "--", "sh", "-c",
                "cat /made/f1999; stat -c '%u:%g %h' /made/twin; test -e /usr/share/zoneinfo || echo gone"]));
    }

    private static List<string> Layers(TemporaryFolder folder, string name) =>
        [.. JsonNode.Parse(LoamBinary.Check("image", "inspect", name, "--json", "--state-dir", folder["state"]))!["layers"]!.AsArray()
            .Select(layer => (string)layer!["digest"]!)];
}
