using System.CommandLine;
using Loam.Cli.Options;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam rootfs build</c>: an image's disk, where the user wants it.</summary>
internal static class BuildCommand
{
    public static Command Create(GlobalOptions global)
    {
        var image = new Option<string>("--image") { Description = "The image to build from", HelpName = "ref", Required = true };
        var output = new Option<FileInfo>("--out") { Description = "The disk to write", HelpName = "path", Required = true };
        var exec = new Option<string?>("--exec") { Description = "A shell command to run as the guest's init", HelpName = "command" };
        var keepStage = new Option<bool>("--keep-stage") { Description = "Keep the merged tree as files, in a folder beside the disk" };
        var snapshot = new Option<DirectoryInfo?>("--stage-snapshot") { Description = "Write the merged tree as files to this folder", HelpName = "path" };
        var mutable = new Option<bool>("--allow-mutable") { Description = "Accept a tag; without it the image must be named by digest" };
        var check = new Option<bool>("--run-check") { Description = "Boot the disk that was built; fail where its guest does not come up" };
        var settings = new PullSettings(global, "--init");
        var command = new Command("build", "Build an ext4 disk from an image") { image, output };
        command.Options.Add(settings.Os);
        settings.AddTo(command);
        foreach (var option in new Option[] { exec, keepStage, snapshot, mutable, check })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetValue(exec) is not null && result.GetValue(settings.GuestInit) is not null)
            {
                result.AddError("--exec and --init exclude each other: both become the guest's init");
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var reference = ImageReference.Parse(parsed.GetValue(image)!);
            if (reference.IsMutable && !parsed.GetValue(mutable))
            {
                throw new LoamException(ErrorCodes.MutableReference, $"{reference} is a tag");
            }

            var path = parsed.GetValue(output)!.FullName;
            var stage = parsed.GetValue(snapshot)?.FullName ?? (parsed.GetValue(keepStage) ? path + ".stage" : null);
            return settings.RunAsync(
                parsed,
                parsed.GetValue(image)!,
                async (puller, resolved, progress) =>
                {
                    var options = settings.Read(parsed) with { GuestCommand = parsed.GetValue(exec), StagePath = stage };
                    var built = await puller.BuildAsync(resolved, path, options, progress, cancellationToken).ConfigureAwait(false);
                    if (parsed.GetValue(check))
                    {
                        var workspaces = new WorkspaceStore(global.OpenStore(parsed));
                        await new WorkspaceRunner(workspaces).CheckAsync(built.Image, cancellationToken).ConfigureAwait(false);
                    }

                    return built;
                },
                cancellationToken);
        });
        return command;
    }
}
