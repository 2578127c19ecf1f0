using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam create</c>: a workspace from an image, or from a disk.</summary>
internal sealed class CreateCommand(GlobalOptions global)
{
    private readonly Argument<string?> _name = new("name")
    {
        Description = "The name of the workspace, and the host name of its guest",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _id = new("--id") { Description = "The name of the workspace, given as an option", HelpName = "name" };
    private readonly Option<string?> _image = new("--image") { Description = "The image to start from; pulled if it is not in the store", HelpName = "ref" };
    private readonly Option<FileInfo?> _rootfs = new("--rootfs") { Description = "The ext4 disk to start from; it is copied", HelpName = "path" };

    private readonly Option<int?> _sizeMib = new("--size-mib")
    {
        Description = "The size of the disk, at least that of the image's disk",
        HelpName = "MiB",
        CustomParser = result => Numbers.Whole(result, 1, Numbers.MaximumDiskMib),
    };

    private readonly MachineOptions _machine = new();

    private readonly Option<string[]> _setup = new("--setup")
    {
        Description = "Run this shell command in the guest at its first start; may be repeated",
        HelpName = "command",
    };

    private readonly RegistryAccessOptions _registry = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var create = new CreateCommand(global);
        var command = new LoamCommand("create", "Create a workspace: a disk of its own, ready to boot", create.RunAsync)
        {
            create._name, create._id, create._image, create._rootfs, create._sizeMib, create._machine, create._setup, create._registry,
        };
        command.Validators.Add(result =>
        {
            if (result.Has(create._image) == result.Has(create._rootfs))
            {
                result.AddError("give either --image or --rootfs");
            }

            if (result.Has(create._name) == result.Has(create._id))
            {
                result.AddError("give the workspace one name");
            }
        });
        return command.WithExamples(
            "loam create research --image ubuntu:24.04 --size-mib 8192 --memory 2048",
            "loam create agent-1 --rootfs /tmp/rootfs.ext4 --env TOKEN=…",
            "loam create web --image debian --setup 'apt-get update'");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var store = global.OpenStore(parsed);
        var workspaces = new WorkspaceStore(store);
        var options = _machine.Read(parsed) with { SizeMib = parsed.GetValue(_sizeMib), Setup = parsed.GetValue(_setup) ?? [] };
        var name = (parsed.GetValue(_name) ?? parsed.GetValue(_id))!;
        WorkspaceName.Check(name);
        var image = parsed.GetValue(_image) is { } reference
            ? await new ImageFinder(global, _registry).FindOrPullAsync(parsed, store, reference, cancellationToken).ConfigureAwait(false)
            : null;
        var (workspace, copy) = await global.Display(parsed).RunAsync(progress => Task.Run(
            () => image is not null
                ? workspaces.CreateAsync(name, image, options, progress, cancellationToken)
                : workspaces.CreateAsync(name, parsed.GetValue(_rootfs)!.FullName, options, progress, cancellationToken),
            cancellationToken)).ConfigureAwait(false);
        WorkspaceText.WriteCreated(global.Results(parsed), workspace, copy);
        return 0;
    }
}
