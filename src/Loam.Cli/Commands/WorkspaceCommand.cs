using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary>The commands that take a workspace's name and little else.</summary>
internal static class WorkspaceCommand
{
    private const double DefaultHaltSeconds = 60;

    public static Argument<string> NameArgument() => new("name") { Description = "The workspace" };

    public static Command Halt(GlobalOptions global)
    {
        var timeout = new Option<double>("--timeout") { Description = "How long to wait for the guest to stop", HelpName = "seconds", DefaultValueFactory = _ => DefaultHaltSeconds };
        var command = Simple(global, "halt", "Let the guest stop: programs end, the disk is unmounted", "halted", (runner, workspace, parsed, cancellationToken) =>
            runner.HaltAsync(workspace, TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(timeout), 0, 86400)), cancellationToken));
        command.Options.Add(timeout);
        return command;
    }

    public static Command Kill(GlobalOptions global) =>
        Simple(global, "kill", "End the machine at once; the disk is left as it is", "killed", (runner, workspace, _, cancellationToken) => runner.KillAsync(workspace, cancellationToken));

    public static Command Pause(GlobalOptions global) =>
        Simple(global, "pause", "Let the guest's time stand still", "paused", (runner, workspace, _, cancellationToken) => runner.PauseAsync(workspace, cancellationToken));

    public static Command Resume(GlobalOptions global) =>
        Simple(global, "resume", "Let a paused guest go on", "resumed", (runner, workspace, _, cancellationToken) => runner.ResumeAsync(workspace, cancellationToken));

    public static Command Delete(GlobalOptions global)
    {
        var command = Simple(global, "delete", "Delete a stopped workspace and its disk", "deleted", (_, workspace, parsed, cancellationToken) =>
            new WorkspaceStore(global.OpenStore(parsed)).DeleteAsync(workspace, cancellationToken));
        command.Aliases.Add("rm");
        return command;
    }

    public static Command Status(GlobalOptions global)
    {
        var name = NameArgument();
        var command = new Command("status", "Show a workspace") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var workspaces = new WorkspaceStore(global.OpenStore(parsed));
            var workspace = workspaces.Get(parsed.GetValue(name)!);
            var state = await new WorkspaceRunner(workspaces).StateAsync(workspace, cancellationToken).ConfigureAwait(false);
            var shown = WorkspaceJson.From(workspace, state);
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                shown, CliJson.Indented.WorkspaceJson, () => $"{workspace.Name}\n{Columns.Format(Rows(shown))}", () => shown.State);
            return 0;
        });
        return command;
    }

    public static Command List(GlobalOptions global)
    {
        var command = new Command("ls", "Show the workspaces");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var store = new WorkspaceStore(global.OpenStore(parsed));
            var runner = new WorkspaceRunner(store);
            var workspaces = new List<WorkspaceJson>();
            foreach (var workspace in store.List())
            {
                var state = await runner.StateAsync(workspace, cancellationToken).ConfigureAwait(false);
                if (state != WorkspaceState.Stopped || !workspace.Record.Throwaway)
                {
                    workspaces.Add(WorkspaceJson.From(workspace, state));
                }
            }

            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                new WorkspaceListJson(workspaces),
                CliJson.Indented.WorkspaceListJson,
                () => Columns.Format(
                [
                    ["NAME", "STATE", "IMAGE", "SIZE", "CREATED"],
                    .. workspaces.Select(workspace => new[] { workspace.Name, workspace.State, workspace.Image ?? "-", Sizes.Format(workspace.SizeBytes), workspace.CreatedAt }),
                ]),
                () => string.Join('\n', workspaces.Select(workspace => workspace.Name)));
            return 0;
        });
        return command;
    }

    private static List<string[]> Rows(WorkspaceJson workspace)
    {
        var rows = new List<string[]>
        {
            new[] { "  state", workspace.State },
            new[] { "  disk", workspace.Disk },
            new[] { "  size", $"{Sizes.Format(workspace.SizeBytes)}, of which the host stores {Sizes.Format(workspace.StoredBytes)}" },
            new[] { "  machine", $"{workspace.Cpus} processor{(workspace.Cpus == 1 ? "" : "s")}, {workspace.MemoryMib} MiB" },
            new[] { "  created", workspace.CreatedAt },
        };
        if (workspace.Image is { } image)
        {
            rows.Insert(1, ["  image", image]);
            rows.Insert(2, ["  digest", workspace.ImageDigest!]);
        }

        if (workspace.Accelerator is { } accelerator)
        {
            rows.Add(["  running", $"process {workspace.Pid}, {accelerator}, since {workspace.StartedAt}"]);
        }

        return rows;
    }

    private static Command Simple(
        GlobalOptions global, string verb, string description, string done, Func<WorkspaceRunner, Workspace, ParseResult, CancellationToken, Task> act)
    {
        var name = NameArgument();
        var command = new Command(verb, description) { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var workspaces = new WorkspaceStore(global.OpenStore(parsed));
            var workspace = workspaces.Get(parsed.GetValue(name)!);
            await act(new WorkspaceRunner(workspaces), workspace, parsed, cancellationToken).ConfigureAwait(false);
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                new WorkspaceChangeJson(workspace.Name, done), CliJson.Indented.WorkspaceChangeJson, () => $"{workspace.Name}: {done}", () => "");
            return 0;
        });
        return command;
    }
}
