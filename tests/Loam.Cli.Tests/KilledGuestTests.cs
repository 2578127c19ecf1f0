using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Disks whose machine was killed in the middle of heavy writes.</summary>
public sealed class KilledGuestTests(GuestImages images) : IClassFixture<GuestImages>
{
    /// <summary>Makes, links, changes, moves aside and deletes files without end; now and then all of it goes to the disk.</summary>
    private const string Writer = """
        i=0
        while :; do
          i=$((i+1)); d=/data/$((i%7)); mkdir -p $d
          head -c $((i*3701%90000)) /noise > $d/$i
          ln $d/$i /data/link$((i%50)) 2>/dev/null || rm -f /data/link$((i%50))
          chown $i:$((i*7)) $d/$i
          ln -s target$i $d/symlink$i
          rm -f /data/$(((i+3)%7))/$((i-40)) /data/$(((i+3)%7))/symlink$((i-40))
          [ $((i%25)) = 0 ] && sync
        done
        """;

    [Fact]
    public async Task What_is_read_is_what_e2fsck_would_leave()
    {
        GuestImages.Require();
        Tools.Require("e2fsck");
        var kills = Environment.GetEnvironmentVariable("LOAM_SOAK") is null ? 4 : 30;
        images.Check("create", "crash", "--image", images.Shell, "--size-mib", "256");
        var disk = Path.Combine(images.State, "workspaces", "crash", "disk.ext4");
        var copy = images.Folder["copy.ext4"];
        var random = new Random(13);
        var replayed = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            images.Check("start", "-d", "crash", "--exec", Writer);
            await Task.Delay(random.Next(500, 5000), TestContext.Current.CancellationToken);
            images.Check("kill", "crash");
            Tools.Check("cp", "--sparse=always", disk, copy);
            var untouched = await HashAsync(disk);
            var ours = await ExportAsync(disk);
            Assert.Equal(untouched, await HashAsync(disk));

            var repair = Tools.Run("e2fsck", "-fy", copy);
            Assert.True(repair.ExitCode is 0 or 1, $"kill {kill}: {repair.All}");
            replayed += repair.All.Contains("recovering journal", StringComparison.Ordinal) ? 1 : 0;
            Assert.True(ours == await ExportAsync(copy), $"kill {kill}: the disk reads otherwise than e2fsck leaves it: {repair.All}");
        }

        Assert.InRange(replayed, kills / 2, kills);
        images.Check("delete", "crash");
    }

    /// <summary>The hash of everything that is on a disk: names, metadata, contents.</summary>
    private async Task<Digest> ExportAsync(string disk)
    {
        var archive = images.Folder["tree.tar"];
        images.Check("rootfs", "export", disk, "-o", archive);
        return await HashAsync(archive);
    }

    private static async Task<Digest> HashAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return Digest.Parse(
            $"sha256:{Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(file, TestContext.Current.CancellationToken))}");
    }
}
