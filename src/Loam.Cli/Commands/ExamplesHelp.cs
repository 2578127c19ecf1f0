using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Loam.Cli.Commands;

/// <summary>Help, and below it examples of the command.</summary>
internal sealed class ExamplesHelp(HelpAction inner, IReadOnlyList<string> ofRoot) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var result = inner.Invoke(parseResult);
        var examples = parseResult.CommandResult.Command is LoamCommand command ? command.Examples : ofRoot;
        if (examples.Count > 0)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        return result;
    }
}
