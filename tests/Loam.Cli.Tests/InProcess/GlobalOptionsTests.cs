using Loam.Cli.Progress;

namespace Loam.Cli.Tests.InProcess;

/// <summary>Which of the ways to choose the output wins.</summary>
public sealed class GlobalOptionsTests
{
    [Theory]
    [InlineData("images", "", "", false)]
    [InlineData("images --json", "", "", true)]
    [InlineData("--json images", "text", "", true)]
    [InlineData("images --text", "json", "", false)]
    [InlineData("images", "json", "", true)]
    [InlineData("images", "text", "", false)]
    [InlineData("images", "yaml", "", false)]
    [InlineData("--output json images", "text", "", true)]
    [InlineData("--output text images", "json", "", false)]
    [InlineData("--output json images --text", "", "", true)]
    [InlineData("--output text images --json", "", "", true)]
    [InlineData("--text images --json", "", "", true)]
    [InlineData("images --format table --json", "", "", false)]
    [InlineData("images --format json --text", "", "", true)]
    [InlineData("images --format table", "json", "ax", false)]
    [InlineData("--mode ax images", "", "", true)]
    [InlineData("--mode ax images --text", "", "", true)]
    [InlineData("--mode ux images", "", "ax", false)]
    [InlineData("images", "", "ax", true)]
    [InlineData("images", "", "ux", false)]
    [InlineData("store du --format text --json", "", "", false)]
    [InlineData("save x --format oci --output y", "", "", false)]
    [InlineData("--output json save x", "", "", true)]
    public void Json_or_text(string line, string output, string mode, bool json)
    {
        var (parsed, global) = Samples.Parse(line, ("LOAM_OUTPUT", output), ("LOAM_MODE", mode));
        Assert.Empty(parsed.Errors);
        Assert.Equal(json, global.WantsJson(parsed));
    }

    [Theory]
    [InlineData("images", "", false)]
    [InlineData("images", "ax", true)]
    [InlineData("images --mode ux", "ax", false)]
    [InlineData("--mode ax images", "", true)]
    [InlineData("--mode ux images --mode ax", "", true)] // wrong, and yet it can be asked
    [InlineData("images --json", "", false)]
    public void Envelopes(string line, string mode, bool envelope)
    {
        var (parsed, global) = Samples.Parse(line, ("LOAM_MODE", mode));
        Assert.Equal(envelope, global.WantsEnvelope(parsed));
    }

    [Theory]
    [InlineData("pull x", true)]
    [InlineData("pull x -q", false)]
    [InlineData("pull x --json", false)]
    [InlineData("store check --format json", false)]
    [InlineData("store check --format text --json", true)]
    [InlineData("--mode ax pull x", false)]
    public void Progress_is_shown_to_people_who_want_it(string line, bool shown)
    {
        var (parsed, global) = Samples.Parse(line);
        Assert.Equal(shown, global.Display(parsed) != ProgressDisplay.None);
    }

    [Fact]
    public void Results_follow_the_command_line()
    {
        var (parsed, global) = Samples.Parse("images --quiet --state-dir /s");
        Assert.True(parsed.GetValue(global.Quiet));
        Assert.Equal("/s", parsed.GetValue(global.StateDir));
        Assert.False(parsed.GetValue(global.NoColor));
    }
}
