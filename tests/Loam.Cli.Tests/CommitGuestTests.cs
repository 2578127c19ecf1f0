using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>The whole circle: an image boots, its guest changes things, and what comes of it boots again.</summary>
public sealed class CommitGuestTests(GuestImages images) : IClassFixture<GuestImages>
{
    [Fact]
    public void What_a_guest_changed_is_in_the_image_that_runs_next()
    {
        GuestImages.Require();
        images.Check("create", "circle", "--image", images.Shell, "-q");
        images.Check("start", "-d", "circle");
        Assert.Equal(4, images.Run("commit", "circle", "local/circle:1").ExitCode);
        images.Check(
            "exec", "circle", "--", "sh", "-c",
            "mkdir /made && echo from the guest >/made/file && chown 7:8 /made/file && ln /made/file /made/twin && rm -f /etc/group");
        images.Check("pause", "circle");
        Assert.Equal(4, images.Run("commit", "circle", "local/circle:1").ExitCode);
        images.Check("resume", "circle");
        images.Check("halt", "circle");
        foreach (var (name, layered) in (IEnumerable<(string, string[])>)[("local/circle:1", []), ("local/circle:2", ["--layered"])])
        {
            var made = JsonNode.Parse(images.Check(["commit", "circle", name, "--json", .. layered]))!;
            Assert.Equal(layered.Length == 0, made["layers"]!.AsArray().Count == 1);
            Assert.Equal(
                "from the guest\n7:8 2\ngone\n",
                images.Check("run", "-q", name, "--", "sh", "-c", "cat /made/twin; stat -c '%u:%g %h' /made/file; test -e /etc/group || echo gone"));
        }
    }
}
