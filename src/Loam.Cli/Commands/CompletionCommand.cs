using System.CommandLine;

namespace Loam.Cli.Commands;

/// <summary><c>loam completion SHELL</c>: scripts that ask the program itself what may follow.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _loam() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(loam "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _loam loam
        """;

    private const string Zsh = """
        #compdef loam
        _loam() {
            local -a found
            found=("${(@f)$(loam "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            compadd -a found || _files
        }
        compdef _loam loam
        """;

    private const string Fish = """
        complete -c loam -a '(loam "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print a script for tab completion") { shell };
        command.SetAction(parsed =>
        {
            Console.Out.WriteLine(parsed.GetValue(shell) switch { "zsh" => Zsh, "fish" => Fish, _ => Bash });
            return 0;
        });
        return command;
    }
}
