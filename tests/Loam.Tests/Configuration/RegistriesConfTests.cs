using Loam.Configuration;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary><c>registries.conf</c> as containers-registries.conf(5) has it.</summary>
public sealed class RegistriesConfTests : IDisposable
{
    private const string Digest = "@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    private const string Conf = """
        unqualified-search-registries = ["first.example", "docker.io"]
        short-name-mode = "permissive"
        credential-helpers = ["ignored"]

        [[registry]]
        prefix = "example.com/foo"
        insecure = false
        blocked = false
        location = "internal.example/bar"
        [[registry.mirror]]
        location = "mirror0.local/mirror-for-foo"
        [[registry.mirror]]
        location = "mirror1.local:5000/mirrors/foo/"
        insecure = true

        [[registry]]
        location = "registry.com"
        mirror-by-digest-only = true
        mirror = [{ location = "mirror.registry.com" }]

        [[registry]]
        location = "uses.example"
        [[registry.mirror]]
        location = "digests.example"
        pull-from-mirror = "digest-only"
        [[registry.mirror]]
        location = "tags.example"
        pull-from-mirror = "tag-only"

        [[registry]]
        prefix = "*.wild.example"
        insecure = true

        [[registry]]
        prefix = "*.moved.example"
        location = "new.example/old"

        [[registry]]
        location = "evil.example/bad"
        blocked = true

        [[registry]]
        prefix = "pinned.example/app:1"
        blocked = true

        [[registry]]
        location = "docker.io"
        [[registry.mirror]]
        location = "localhost:6000/hub"

        [aliases]
        "tool" = "quay.io/org/tool"
        "team/thing" = "quay.io/org/thing"
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("example.com/foo/image:latest", "mirror0.local/mirror-for-foo/image mirror1.local:5000/mirrors/foo/image+ internal.example/bar/image")]
    [InlineData("example.com/foo:latest", "mirror0.local/mirror-for-foo mirror1.local:5000/mirrors/foo+ internal.example/bar")]
    [InlineData("example.com/foobar:latest", "example.com/foobar")]
    [InlineData("registry.com/image:1", "registry.com/image")]
    [InlineData("registry.com/image" + Digest, "mirror.registry.com/image registry.com/image")]
    [InlineData("uses.example/a:1", "tags.example/a uses.example/a")]
    [InlineData("uses.example/a" + Digest, "digests.example/a uses.example/a")]
    [InlineData("a.wild.example/x:1", "a.wild.example/x+")]
    [InlineData("a.b.wild.example:5000/x:1", "a.b.wild.example:5000/x+")]
    [InlineData("wild.example/x:1", "wild.example/x")]
    [InlineData("notwild.example/x:1", "notwild.example/x")]
    [InlineData("a.moved.example/x/y:1", "new.example/old/x/y")]
    [InlineData("evil.example/good:1", "evil.example/good")]
    [InlineData("evil.example/bad:1", null)]
    [InlineData("evil.example/bad/x" + Digest, null)]
    [InlineData("pinned.example/app:1", null)]
    [InlineData("pinned.example/app:2", "pinned.example/app")]
    [InlineData("alpine", "localhost:6000/hub/library/alpine docker.io/library/alpine")]
    public void An_image_is_asked_for_in_order(string image, string? places)
    {
        var configuration = Load(Conf);
        var reference = ImageReference.Parse(image);
        if (places is null)
        {
            var error = Assert.Throws<LoamException>(() => configuration.Locations(reference));
            Assert.Equal(ErrorCodes.RegistryBlocked, error.Code);
            return;
        }

        var locations = configuration.Locations(reference);
        Assert.Equal(places, string.Join(' ', locations.Select(place => $"{place.Host}/{place.Repository}{(place.Insecure == true ? "+" : "")}")));
        Assert.Equal(locations.Select((_, i) => i < locations.Count - 1), locations.Select(place => place.IsMirror));
    }

    [Theory]
    [InlineData("tool:2", "quay.io/org/tool:2")]
    [InlineData("tool" + Digest, "quay.io/org/tool" + Digest)]
    [InlineData("team/thing", "quay.io/org/thing:latest")]
    [InlineData("other/thing:1", "first.example/other/thing:1 docker.io/other/thing:1")]
    [InlineData("plain", "first.example/plain:latest docker.io/library/plain:latest")]
    [InlineData("docker.io/plain", "docker.io/library/plain:latest")]
    [InlineData("docker.io/tool", "docker.io/library/tool:latest")]
    [InlineData("ghcr.io/tool", "ghcr.io/tool:latest")]
    public void A_short_name_means_what_the_machine_says(string name, string meanings)
    {
        Assert.Equal(meanings, string.Join(' ', Load(Conf).Candidates(name)));
    }

    [Fact]
    public void Without_settings_a_short_name_is_dockers()
    {
        Assert.Equal("docker.io/library/alpine:latest", Assert.Single(Load("").Candidates("alpine")).ToString());
        var error = Assert.Throws<LoamException>(
            () => Load("short-name-mode=\"enforcing\"\nunqualified-search-registries=[\"a.b\",\"c.d\"]").Candidates("alpine"));
        Assert.Equal(ErrorCodes.ShortNameAmbiguous, error.Code);
    }

    [Theory]
    [InlineData("x.example/app:1", "all.example/app")]
    [InlineData("x.example/team/other:1", "team.example/other")]
    [InlineData("x.example/team/app/deep:1", "app.example/deep")]
    [InlineData("x.example/teams/app:1", "all.example/teams/app")]
    [InlineData("x.example/team/apple:1", "team.example/apple")]
    public void The_longest_prefix_counts_wherever_it_stands(string image, string place)
    {
        string[] rules =
        [
            "[[registry]]\nprefix=\"x.example/team\"\nlocation=\"team.example\"\n",
            "[[registry]]\nprefix=\"x.example/team/app\"\nlocation=\"app.example\"\n",
            "[[registry]]\nprefix=\"x.example\"\nlocation=\"all.example\"\n",
        ];
        foreach (var conf in (string[])[string.Concat(rules), string.Concat(rules.Reverse())])
        {
            var location = Assert.Single(Load(conf).Locations(ImageReference.Parse(image)));
            Assert.Equal(place, $"{location.Host}/{location.Repository}");
        }
    }

    [Theory]
    [InlineData("location=\"app.example\"")]
    [InlineData("[[registry.mirror]]\nlocation=\"app.example:5000\"")]
    public void A_name_that_a_host_alone_takes_the_place_of_does_not_become_one_of_docker_s(string place)
    {
        var configuration = Load($"[[registry]]\nprefix=\"x.example/team/app\"\n{place}\n");
        Assert.Equal("app.example", configuration.Locations(ImageReference.Parse("x.example/team/app/deep:1"))[0].Host.Split(':')[0]);
        foreach (var name in (string[])["x.example/team/app:1", "x.example/team/app" + Digest])
        {
            Assert.Equal(ErrorCodes.ConfigurationInvalid, Assert.Throws<LoamException>(() => configuration.Locations(ImageReference.Parse(name))).Code);
        }
    }

    [Fact]
    public void Drop_ins_win_in_the_order_of_their_names()
    {
        File.WriteAllText(
            _folder["main.conf"],
            "unqualified-search-registries=[\"a.b\"]\n[[registry]]\nlocation=\"x.y\"\nblocked=true\n[aliases]\none=\"a.b/one\"\ntwo=\"a.b/two\"");
        Directory.CreateDirectory(_folder["d"]);
        File.WriteAllText(_folder["d/10-one.conf"], "[[registry]]\nprefix=\"x.y\"\nlocation=\"second.y\"\n[aliases]\none=\"\"");
        File.WriteAllText(_folder["d/20-two.conf"], "[[registry]]\nprefix=\"x.y\"\nlocation=\"third.y\"\n[aliases]\ntwo=\"c.d/two\"");
        File.WriteAllText(_folder["d/30-three.conf.bak"], "unqualified-search-registries=[\"never.y\"]");
        var host = HostRegistries.Load([_folder["main.conf"], _folder["missing.conf"]], [_folder["d"], _folder["nowhere"]]);
        Assert.Equal("third.y/app:1", Assert.Single(host.Plan(ImageReference.Parse("x.y/app:1"))).Reference.ToString());
        Assert.Equal("a.b/one:latest", Assert.Single(host.Candidates("one", ImageReference.Parse("one"))).ToString());
        Assert.Equal("c.d/two:latest", Assert.Single(host.Candidates("two", ImageReference.Parse("two"))).ToString());
    }

    [Theory]
    [InlineData("\n[[registry]]\nblocked = true", 2)]
    [InlineData("[[registry]]\nlocation = \"word\"", 2)]
    [InlineData("[[registry]]\nlocation = \"https://x.y\"", 2)]
    [InlineData("[[registry]]\nlocation = 5", 2)]
    [InlineData("[[registry]]\nlocation = \"x.y\"\nblocked = \"yes\"", 3)]
    [InlineData("[[registry]]\nprefix = \"a.*.b\"", 2)]
    [InlineData("[[registry]]\nprefix = \"*.a.b/c\"", 2)]
    [InlineData("[[registry]]\nprefix = \"*.a.b:5000\"", 2)]
    [InlineData("[[registry]]\nlocation = \"x.y\"\n[[registry.mirror]]\ninsecure = true", 3)]
    [InlineData("[[registry]]\nlocation = \"x.y\"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = \"a.b\"\npull-from-mirror = \"all\"", 6)]
    [InlineData("[[registry]]\nlocation = \"x.y\"\n[[registry.mirror]]\nlocation = \"a.b\"\npull-from-mirror = \"some\"", 5)]
    [InlineData("[[registry]]\nlocation = \"x.y\"\n[[registry]]\nprefix = \"x.y\"", 1)]
    [InlineData("unqualified-search-registries = [\"a.b/c\"]", 1)]
    [InlineData("short-name-mode = \"maybe\"", 1)]
    [InlineData("[registries.search]\nregistries = [\"a.b\"]", 1)]
    [InlineData("registry = 1", 1)]
    public void What_makes_no_sense_is_an_error_that_names_file_and_line(string content, int line)
    {
        var error = Assert.Throws<LoamException>(() => Load(content).Candidates("x"));
        Assert.Equal(ErrorCodes.ConfigurationInvalid, error.Code);
        Assert.StartsWith($"{_folder["registries.conf"]}:{line}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_leads_where_it_leads_skopeo()
    {
        await using var registry = await DockerRegistry.StartAsync();
        new TestImage().Add(new TarAuthor().File("hello", "world").End()).WriteLayout(_folder["layout"]);
        registry.Push(_folder["layout"], "t", "cache/team/app");
        var conf = $"[[registry]]\nprefix=\"*.example\"\n[[registry.mirror]]\nlocation=\"{registry.Host}/cache\"\ninsecure=true\n";
        var location = Load(conf).Locations(ImageReference.Parse("a.example/team/app:latest"))[0];
        Assert.Equal(($"{registry.Host}", "cache/team/app", (bool?)true), (location.Host, location.Repository, location.Insecure));
        var inspected = Tools.Run("skopeo", "--registries-conf", _folder["registries.conf"], "inspect", "--raw", "docker://a.example/team/app:latest");
        Assert.True(inspected.ExitCode == 0, inspected.All);
    }

    private LoamConfiguration Load(string content)
    {
        File.WriteAllText(_folder["registries.conf"], content);
        return LoamConfiguration.Load(_folder["state"], name => name == "CONTAINERS_REGISTRIES_CONF" ? _folder["registries.conf"] : null);
    }
}
