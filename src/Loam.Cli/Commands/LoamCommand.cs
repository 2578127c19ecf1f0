using System.CommandLine;

namespace Loam.Cli.Commands;

/// <summary>A command of the tree, with examples for its help. Each command of the program is a class in a file of its own: its
/// arguments and options are fields, <c>Create</c> lists them in the order of its help, and <c>RunAsync</c> does the work
/// (<c>Run</c> where there is nothing to wait for).</summary>
internal sealed class LoamCommand : Command
{
    /// <summary>A group of commands.</summary>
    public LoamCommand(string name, string description)
        : base(name, description)
    {
    }

    /// <summary>A command that waits for something, and can be stopped meanwhile.</summary>
    /// <param name="name">The verb.</param>
    /// <param name="description">What it does: imperative, no full stop.</param>
    /// <param name="run">Does it, and gives the exit code.</param>
    public LoamCommand(string name, string description, Func<ParseResult, CancellationToken, Task<int>> run)
        : base(name, description) => SetAction(async (parsed, cancellationToken) =>
    {
        // System.CommandLine begins to listen for Ctrl-C only once it has the action's task.
        await Task.Yield();
        return await run(parsed, cancellationToken).ConfigureAwait(false);
    });

    /// <summary>A command that waits for nothing.</summary>
    /// <inheritdoc cref="LoamCommand(string, string, Func{ParseResult, CancellationToken, Task{int}})"/>
    public LoamCommand(string name, string description, Func<ParseResult, int> run)
        : base(name, description) => SetAction(run);

    /// <summary>Command lines that the help shows, each with an optional comment.</summary>
    public IReadOnlyList<string> Examples { get; private set; } = [];

    public LoamCommand WithExamples(params string[] examples)
    {
        Examples = examples;
        return this;
    }

    public LoamCommand WithAlias(string alias)
    {
        Aliases.Add(alias);
        return this;
    }

    /// <summary>Says in the description that this is the short form of another command.</summary>
    public LoamCommand ShortFor(string command)
    {
        Description = $"{Description} (same as `{command}`)";
        return this;
    }
}
