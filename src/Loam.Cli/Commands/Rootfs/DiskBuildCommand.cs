using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam rootfs build</c>: an image's disk, where the user wants it.</summary>
internal sealed class DiskBuildCommand(GlobalOptions global)
{
    private readonly Option<string> _image = new("--image") { Description = "The image to build from", HelpName = "ref", Required = true };
    private readonly Option<FileInfo> _out = new("--out") { Description = "The disk to write", HelpName = "path", Required = true };
    private readonly ImagePullOptions _pull = new(global, "--init");
    private readonly Option<string?> _exec = new("--exec") { Description = "Run this shell command as the guest's init", HelpName = "command" };
    private readonly Option<bool> _keepStage = new("--keep-stage") { Description = "Keep the merged tree as files, in a folder beside the disk" };

    private readonly Option<DirectoryInfo?> _snapshot = new("--stage-snapshot")
    {
        Description = "Write the merged tree as files to this folder",
        HelpName = "path",
    };

    private readonly Option<bool> _mutable = new("--allow-mutable") { Description = "Accept a tag; otherwise the image must be named by digest" };
    private readonly Option<bool> _check = new("--run-check") { Description = "Boot the disk, and fail if its guest does not start" };

    public static LoamCommand Create(GlobalOptions global)
    {
        var build = new DiskBuildCommand(global);
        var command = new LoamCommand("build", "Build an ext4 disk from an image", build.RunAsync)
        {
            build._image, build._out, build._pull, build._exec, build._keepStage, build._snapshot, build._mutable, build._check,
        };
        command.Validators.Add(result =>
        {
            if (result.Has(build._exec) && result.Has(build._pull.Disk.GuestInit))
            {
                result.AddError("--exec and --init cannot be combined: both set the guest's init");
            }
        });
        return command.WithExamples(
            "loam rootfs build --image alpine@sha256:… --out alpine.ext4",
            "loam rootfs build --image alpine --allow-mutable --size-mib 64 --out alpine.ext4",
            "loam rootfs build --image alpine --allow-mutable --exec 'echo hello' --out hello.ext4");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var name = parsed.GetValue(_image)!;
        if (ImageReference.Parse(name) is { IsMutable: true } tag && !parsed.GetValue(_mutable))
        {
            throw new LoamException(ErrorCodes.MutableReference, $"{tag} is a tag");
        }

        var path = parsed.GetValue(_out)!.FullName;
        var options = _pull.Read(parsed) with
        {
            GuestCommand = parsed.GetValue(_exec),
            StagePath = parsed.GetValue(_snapshot)?.FullName ?? (parsed.GetValue(_keepStage) ? path + ".stage" : null),
        };
        var built = await _pull.RunAsync(
            parsed,
            name,
            (puller, image, progress) => puller.BuildAsync(image, path, options, progress, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        if (parsed.GetValue(_check))
        {
            var workspaces = new WorkspaceStore(global.OpenStore(parsed));
            await new WorkspaceRunner(workspaces).CheckAsync(built.Image, cancellationToken).ConfigureAwait(false);
        }

        await PulledText.WriteAsync(built, global.Results(parsed)).ConfigureAwait(false);
        return 0;
    }
}
