using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Progress;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary>The options that make a workspace, and where its image comes from.</summary>
internal sealed class WorkspaceSettings
{
    private readonly GlobalOptions _global;

    public WorkspaceSettings(GlobalOptions global)
    {
        _global = global;
        Registry = new RegistryFlags(global);
        Memory.Validators.Add(result => Limit(result.GetValueOrDefault<int>(), 64, 1 << 20, "--memory", result.AddError));
        Cpus.Validators.Add(result => Limit(result.GetValueOrDefault<int>(), 1, 255, "--cpus", result.AddError));
        SizeMib.Validators.Add(result => Limit(result.GetValueOrDefault<int?>() ?? 1, 1, 8_000_000, "--size-mib", result.AddError));
        Env.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string[]>()?.FirstOrDefault(variable => variable.IndexOf('=', StringComparison.Ordinal) < 1) is { } wrong)
            {
                result.AddError($"--env takes NAME=value, not \"{wrong}\"");
            }
        });
    }

    public Option<int> Memory { get; } = new("--memory", "-m") { Description = "The guest's memory", HelpName = "MiB", DefaultValueFactory = _ => WorkspaceOptions.DefaultMemoryMib };

    public Option<int> Cpus { get; } = new("--cpus") { Description = "The guest's processors", HelpName = "number", DefaultValueFactory = _ => 1 };

    public Option<string[]> Env { get; } = new("--env", "-e") { Description = "A variable for the guest's programs; may be repeated", HelpName = "NAME=value" };

    public Option<FileInfo?> Kernel { get; } = new("--kernel") { Description = "The kernel to boot (default: config.json's, else the newest /boot/vmlinuz-*)", HelpName = "path" };

    public Option<int?> SizeMib { get; } = new("--size-mib") { Description = "The disk's size, at least the image's", HelpName = "MiB" };

    public Option<string[]> Setup { get; } = new("--setup") { Description = "A shell command to run in the guest at its first start; may be repeated", HelpName = "command" };

    public RegistryFlags Registry { get; }

    public void AddMachineTo(Command command)
    {
        foreach (var option in new Option[] { Memory, Cpus, Env, Kernel })
        {
            command.Options.Add(option);
        }
    }

    public WorkspaceOptions Read(ParseResult parsed) => new()
    {
        MemoryMib = parsed.GetValue(Memory),
        Cpus = parsed.GetValue(Cpus),
        Env = parsed.GetValue(Env) ?? [],
        Kernel = parsed.GetValue(Kernel)?.FullName,
    };

    /// <summary>The image if it is here, its disk made if it has none; else pulled.</summary>
    public async Task<ImageRecord> FindOrPullAsync(ParseResult parsed, ImageStore store, string name, CancellationToken cancellationToken)
    {
        var here = FindHere(store, name);
        if (here is { SizeBytes: > 0 })
        {
            return here;
        }

        var display = _global.Display(parsed);
        if (here is not null && store.HasWithoutDisk(ImageReference.Parse(here.ImageRef)))
        {
            return await display.RunAsync(progress => new StoredImageDisk(store).MakeAsync(here.ImageRef, progress, cancellationToken)).ConfigureAwait(false);
        }

        var pulled = await Registry.RunAsync(
            parsed,
            async registry =>
            {
                var reference = await registry.ResolveAsync(name, cancellationToken).ConfigureAwait(false);
                return await display.RunAsync(progress => new ImagePuller(store, registry.Client).PullAsync(reference, new PullOptions(), progress, cancellationToken)).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        return pulled.Image;
    }

    private static ImageRecord? FindHere(ImageStore store, string name)
    {
        try
        {
            return store.Find(name, Platform.Host);
        }
        catch (LoamException e) when (e.Code.Class == ErrorClass.NotFound)
        {
            return null;
        }
    }

    private static void Limit(int value, int least, int most, string option, Action<string> report)
    {
        if (value < least || value > most)
        {
            report($"{option} takes {least} to {most}");
        }
    }
}
