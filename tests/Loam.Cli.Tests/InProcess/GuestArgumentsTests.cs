using Loam.Cli.Commands;
using Loam.Cli.Guest;
using Loam.Cli.Options;

namespace Loam.Cli.Tests.InProcess;

/// <summary>Where Loam's command line ends and a guest program's begins.</summary>
public sealed class GuestArgumentsTests
{
    [Theory]
    [InlineData("run alpine", "run alpine")]
    [InlineData("run alpine echo hello", "run alpine -- echo hello")]
    [InlineData("run alpine -- echo hello", "run alpine -- echo hello")]
    [InlineData("run alpine ls -la --json", "run alpine -- ls -la --json")]
    [InlineData("run alpine --unknown x", "run alpine -- --unknown x")]
    [InlineData("run -q alpine sh -q", "run -q alpine -- sh -q")]
    [InlineData("run alpine -q sh", "run alpine -q -- sh")]
    [InlineData("run --cpus 2 alpine nproc", "run --cpus 2 alpine -- nproc")]
    [InlineData("run --cpus=2 alpine nproc", "run --cpus=2 alpine -- nproc")]
    [InlineData("run -m 64 alpine free -m", "run -m 64 alpine -- free -m")]
    [InlineData("run -e A=b alpine env", "run -e A=b alpine -- env")]
    [InlineData("--state-dir d run alpine true", "--state-dir d run alpine -- true")]
    [InlineData("exec work ls", "exec work -- ls")]
    [InlineData("exec work --user web id", "exec work --user web -- id")]
    [InlineData("start -d work", "start -d work")]
    [InlineData("start work -d make test", "start work -d -- make test")]
    [InlineData("pull alpine extra words", "pull alpine extra words")]
    [InlineData("image inspect alpine x", "image inspect alpine x")]
    [InlineData("unknown run alpine x", "unknown run alpine x")]
    [InlineData("-- run alpine x", "-- run alpine x")]
    public void The_first_word_behind_the_name_that_is_not_an_option_starts_the_program(string line, string separated)
    {
        var root = CommandTree.Create(new GlobalOptions());
        Assert.Equal(separated, string.Join(' ', GuestArguments.Separate(root, line.Split(' '))));
    }

    [Fact]
    public void Three_commands_run_in_front_of_a_guest()
    {
        var root = CommandTree.Create(new GlobalOptions());
        Assert.Equal(["run", "start", "exec"], root.Subcommands.Where(GuestArguments.IsFor).Select(command => command.Name));
    }
}
