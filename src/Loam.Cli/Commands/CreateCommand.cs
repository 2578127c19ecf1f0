using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam create</c>: a workspace from an image, or from a disk.</summary>
internal static class CreateCommand
{
    public static Command Create(GlobalOptions global)
    {
        var name = new Argument<string?>("name") { Description = "The workspace's name; its guest's host name too", Arity = ArgumentArity.ZeroOrOne };
        var id = new Option<string?>("--id") { Description = "The workspace's name, for those who write it so", HelpName = "name" };
        var image = new Option<string?>("--image") { Description = "The image to start from; pulled if it is not here", HelpName = "ref" };
        var rootfs = new Option<FileInfo?>("--rootfs") { Description = "The ext4 disk to start from; copied", HelpName = "path" };
        var settings = new WorkspaceSettings(global);
        var command = new Command("create", "Make a workspace: a disk of its own, ready to boot") { name, id, image, rootfs };
        command.Options.Add(settings.SizeMib);
        settings.AddMachineTo(command);
        command.Options.Add(settings.Setup);
        settings.Registry.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(image) is null == result.GetValue(rootfs) is null)
            {
                result.AddError("give either --image or --rootfs");
            }

            if (result.GetValue(name) is null == result.GetValue(id) is null)
            {
                result.AddError("give the workspace one name");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var store = global.OpenStore(parsed);
            var workspaces = new WorkspaceStore(store);
            var options = settings.Read(parsed) with { SizeMib = parsed.GetValue(settings.SizeMib), Setup = parsed.GetValue(settings.Setup) ?? [] };
            var wanted = (parsed.GetValue(name) ?? parsed.GetValue(id))!;
            WorkspaceName.Check(wanted);
            var found = parsed.GetValue(image) is { } asked ? await settings.FindOrPullAsync(parsed, store, asked, cancellationToken).ConfigureAwait(false) : null;
            var (workspace, copy) = await global.Display(parsed).RunAsync(progress => Task.Run(
                () => found is not null
                    ? workspaces.CreateAsync(wanted, found, options, progress, cancellationToken)
                    : workspaces.CreateAsync(wanted, parsed.GetValue(rootfs)!.FullName, options, progress, cancellationToken),
                cancellationToken)).ConfigureAwait(false);
            CreatedResult.Write(global, parsed, workspace, copy);
            return 0;
        });
        return command;
    }
}

/// <summary><c>loam clone</c>: a copy of a stopped workspace.</summary>
internal static class CloneCommand
{
    public static Command Create(GlobalOptions global)
    {
        var source = WorkspaceCommand.NameArgument();
        var target = new Argument<string>("new-name") { Description = "The copy's name" };
        var command = new Command("clone", "Copy a stopped workspace") { source, target };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var workspaces = new WorkspaceStore(global.OpenStore(parsed));
            var original = workspaces.Get(parsed.GetValue(source)!);
            var (workspace, copy) = await global.Display(parsed).RunAsync(progress => Task.Run(
                () => workspaces.CloneAsync(original, parsed.GetValue(target)!, progress, cancellationToken), cancellationToken)).ConfigureAwait(false);
            CreatedResult.Write(global, parsed, workspace, copy);
            return 0;
        });
        return command;
    }
}

/// <summary>What a new workspace is shown as.</summary>
internal static class CreatedResult
{
    public static void Write(GlobalOptions global, ParseResult parsed, Workspace workspace, Filesystems.DiskCopy copy) =>
        new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
            WorkspaceJson.From(workspace, WorkspaceState.Stopped) with { SharedBlocks = copy.Shared, CopiedBytes = copy.BytesCopied },
            CliJson.Indented.WorkspaceJson,
            () => $"{workspace.Name}\n{Columns.Format(
            [
                ["  disk", workspace.DiskPath],
                ["  from", workspace.Record.Image ?? "a disk file"],
                ["  copied", copy.Shared ? "nothing: blocks are shared" : Sizes.Format(copy.BytesCopied)],
            ])}",
            () => workspace.Name);
}
