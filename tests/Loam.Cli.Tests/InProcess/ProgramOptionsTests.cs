using System.CommandLine;
using Loam.Cli.Guest;
using Loam.Machines;

namespace Loam.Cli.Tests.InProcess;

/// <summary>What runs in a guest.</summary>
public sealed class ProgramOptionsTests
{
    private static WorkspaceRecord Workspace(string[]? entrypoint = null, string[]? command = null) => new()
    {
        Name = "w",
        Architecture = "amd64",
        CreatedAt = Samples.Time,
        Config = new RunConfig { Entrypoint = entrypoint, Cmd = command, User = "web", WorkingDir = "/srv", Env = ["A=1"] },
        Env = ["B=2"],
    };

    private static (ProgramOptions Program, ParseResult Parsed) Parse(string line)
    {
        var program = new ProgramOptions("words", ArgumentArity.ZeroOrMore);
        var command = new RootCommand { program.Command, program.Env };
        program.AddTo(command);
        return (program, command.Parse(Samples.Words(line)));
    }

    [Theory]
    [InlineData("", "/entry|default|args")]
    [InlineData("other words", "/entry|other|words")]
    [InlineData("--entrypoint /bin/echo", "/bin/echo")]
    [InlineData("--entrypoint /bin/echo hello", "/bin/echo|hello")]
    [InlineData("--entrypoint '' ls", "ls")]
    [InlineData("--entrypoint ''", "/bin/sh")]
    [InlineData("--exec 'make test'", "/bin/sh|-c|make test")]
    [InlineData("--exec x --entrypoint /y", "/bin/sh|-c|x")]
    public void The_command_line_replaces_parts_of_the_images_program(string line, string words)
    {
        var (program, parsed) = Parse(line);
        Assert.Empty(parsed.Errors);
        Assert.Equal(words, string.Join('|', program.Of(parsed, Workspace(["/entry"], ["default", "args"])).Command));
    }

    [Fact]
    public void Without_any_program_there_is_a_shell_but_not_for_nobody()
    {
        var (program, parsed) = Parse("");
        Assert.Equal(["/bin/sh"], program.Of(parsed, Workspace()).Command);
        Assert.Null(program.OfDetached(parsed, Workspace()));
        Assert.Equal(["run"], program.OfDetached(parsed, Workspace(command: ["run"]))!.Command);
    }

    [Fact]
    public void User_and_folder_are_the_images_unless_they_are_given()
    {
        var (program, parsed) = Parse("");
        var own = program.Of(parsed, Workspace());
        Assert.Equal(("web", "/srv"), (own.User, own.Folder));
        Assert.Equal(["A=1", "B=2"], own.Env.SkipWhile(variable => variable.StartsWith("TERM=", StringComparison.Ordinal)));
        (program, parsed) = Parse("--user root -w /tmp");
        var other = program.OfDetached(parsed, Workspace(command: ["run"]))!;
        Assert.Equal(("root", "/tmp"), (other.User, other.Folder));
    }

    [Fact]
    public void Exec_runs_the_words_as_they_are_with_further_variables()
    {
        var (program, parsed) = Parse("-e C=3 -e A=9 -- ls -l");
        var exact = program.Exactly(parsed, Workspace(["/entry"], ["default"]));
        Assert.Equal(["ls", "-l"], exact.Command);
        Assert.Equal(["A=1", "B=2", "C=3", "A=9"], exact.Env.SkipWhile(variable => variable.StartsWith("TERM=", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_shell_command_and_words_cannot_be_combined() =>
        Assert.Equal("--exec and a command cannot be combined", Assert.Single(Parse("--exec x y").Parsed.Errors).Message);
}
