using System.CommandLine;
using Loam.Cli.Options;

namespace Loam.Cli.Commands;

/// <summary><c>loam completion SHELL</c>: scripts that ask the program itself what can follow.</summary>
internal sealed class CompletionCommand
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

    private readonly Argument<string> _shell = new Argument<string>("shell") { Description = "The shell: bash, zsh or fish" }.OneOf("bash", "zsh", "fish");

    public static LoamCommand Create()
    {
        var completion = new CompletionCommand();
        return new LoamCommand("completion", "Print a script for tab completion", completion.Run) { completion._shell }.WithExamples(
            "source <(loam completion bash)",
            "loam completion zsh > ~/.zfunc/_loam",
            "loam completion fish > ~/.config/fish/completions/loam.fish");
    }

    private int Run(ParseResult parsed)
    {
        Console.Out.WriteLine(parsed.GetValue(_shell) switch { "zsh" => Zsh, "fish" => Fish, _ => Bash });
        return 0;
    }
}
