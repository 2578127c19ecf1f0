using System.CommandLine;
using Loam.Machines;

namespace Loam.Cli.Options;

/// <summary>A workspace by its name.</summary>
internal sealed class WorkspaceArgument : Argument<string>
{
    private readonly GlobalOptions _global;

    public WorkspaceArgument(GlobalOptions global)
        : base("name")
    {
        _global = global;
        Description = "The workspace";
    }

    /// <summary>Opens the workspace and the store that it belongs to.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceNotFound"/>.</exception>
    public (WorkspaceStore Workspaces, Workspace Workspace) Open(ParseResult parsed)
    {
        var workspaces = new WorkspaceStore(_global.OpenStore(parsed));
        return (workspaces, workspaces.Get(parsed.GetValue(this)!));
    }
}
