using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam clone</c>: a copy of a stopped workspace.</summary>
internal sealed class CloneCommand(GlobalOptions global)
{
    private readonly WorkspaceArgument _source = new(global);
    private readonly Argument<string> _name = new("new-name") { Description = "The name of the copy" };

    public static LoamCommand Create(GlobalOptions global)
    {
        var clone = new CloneCommand(global);
        return new LoamCommand("clone", "Copy a stopped workspace", clone.RunAsync) { clone._source, clone._name }
            .WithExamples("loam clone research attempt-2");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (workspaces, source) = _source.Open(parsed);
        var (workspace, copy) = await global.Display(parsed).RunAsync(progress => Task.Run(
            () => workspaces.CloneAsync(source, parsed.GetValue(_name)!, progress, cancellationToken), cancellationToken)).ConfigureAwait(false);
        WorkspaceText.WriteCreated(global.Results(parsed), workspace, copy);
        return 0;
    }
}
