using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Cli.Progress;

namespace Loam.Cli.Commands;

/// <summary>The options that `image pull` and `rootfs build` have in common.</summary>
internal sealed class PullSettings
{
    private readonly GlobalOptions _global;

    public PullSettings(GlobalOptions global, string initName)
    {
        _global = global;
        Registry = new RegistryFlags(global);
        GuestInit = new Option<FileInfo?>(initName) { Description = "A program to install as the guest's /sbin/init", HelpName = "path" };
        SizeMib.Validators.Add(result => Require(result.GetValueOrDefault<int?>() is null or (> 0 and <= 8_000_000), "--size-mib takes 1 to 8000000", result.AddError));
        Jobs.Validators.Add(result => Require(result.GetValueOrDefault<int>() is > 0 and <= 64, "--jobs takes 1 to 64", result.AddError));
    }

    public Option<string> Os { get; } = new("--os") { Description = "The guest's operating system", DefaultValueFactory = _ => "linux" };

    public Option<string?> Arch { get; } = new("--arch") { Description = "The guest's processor: amd64, arm64, arm/v7… (default: this machine's)" };

    public Option<int?> SizeMib { get; } = new("--size-mib") { Description = "The disk's exact size (default: the content, a tenth more, and at least 64 MiB free)", HelpName = "MiB" };

    public Option<FileInfo?> Mke2fs { get; } = new("--mke2fs") { Description = "Lay the disk out with this mke2fs instead of Loam's own writer", HelpName = "path" };

    public Option<FileInfo?> GuestInit { get; }

    public RegistryFlags Registry { get; }

    public Option<int> Jobs { get; } = new("--jobs", "-j") { Description = "How many layers are fetched at once", DefaultValueFactory = _ => 4 };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { Arch, SizeMib, Mke2fs, GuestInit, Jobs })
        {
            command.Options.Add(option);
        }

        Registry.AddTo(command);
    }

    public PullOptions Read(ParseResult parsed) => new()
    {
        Platform = Platform.Parse($"{parsed.GetValue(Os) ?? "linux"}/{parsed.GetValue(Arch) ?? HostArchitecture}"),
        Jobs = parsed.GetValue(Jobs),
        Disk = ReadDisk(parsed),
    };

    public DiskOptions ReadDisk(ParseResult parsed) => new()
    {
        SizeMib = parsed.GetValue(SizeMib),
        Mke2fs = parsed.GetValue(Mke2fs)?.FullName,
        GuestInit = parsed.GetValue(GuestInit) is { } init ? Loam.GuestInit.FromFile(init.FullName) : null,
    };

    /// <summary>Opens store and registry, runs a pull with its progress shown, and prints what came of it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="image">What the user calls the image.</param>
    /// <param name="pull">Pulls it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<int> RunAsync(
        ParseResult parsed,
        string image,
        Func<ImagePuller, ImageReference, IProgress<WorkProgress>?, Task<PulledImage>> pull,
        CancellationToken cancellationToken)
    {
        var results = new Results(_global.WantsJson(parsed), parsed.GetValue(_global.Quiet));
        var display = _global.Display(parsed);
        var store = _global.OpenStore(parsed);
        var pulled = await Registry.RunAsync(
            parsed,
            async registry =>
            {
                var reference = await registry.ResolveAsync(image, cancellationToken).ConfigureAwait(false);
                return await display.RunAsync(progress => pull(new ImagePuller(store, registry.Client), reference, progress)).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        foreach (var warning in pulled.Disk!.Warnings)
        {
            await Console.Error.WriteLineAsync($"loam: warning: {warning}").ConfigureAwait(false);
        }

        results.Write(ToJson(pulled), CliJson.Indented.PulledJson, () => Describe(pulled), () => pulled.Image.OutputPath);
        return 0;
    }

    private static string HostArchitecture => Platform.Host.Variant is { } variant ? $"{Platform.Host.Architecture}/{variant}" : Platform.Host.Architecture;

    private static void Require(bool holds, string message, Action<string> report)
    {
        if (!holds)
        {
            report(message);
        }
    }

    private static PulledJson ToJson(PulledImage pulled) => new(
        pulled.Image.ImageRef,
        pulled.Image.ResolvedRef,
        pulled.Image.Digest.ToString(),
        pulled.Disk!.IndexDigest?.ToString(),
        PlatformJson.From(pulled.Image.Platform),
        pulled.Image.OutputPath,
        pulled.Image.SizeBytes,
        Times.Format(pulled.Image.LastUsedAt),
        pulled.Disk.Disk.Sha256,
        pulled.Disk.Disk.FreeBytes,
        pulled.Disk.Disk.Inodes,
        pulled.Disk.Layers.Count,
        pulled.UpToDate,
        pulled.StagePath,
        pulled.Disk.Warnings);

    private static string Describe(PulledImage pulled)
    {
        var (image, disk) = (pulled.Image, pulled.Disk!.Disk);
        var rows = new List<string[]>
        {
            new[] { "  digest", image.Digest.ToString() },
            new[] { "  platform", image.Platform.ToString() },
            new[] { "  disk", image.OutputPath },
            new[] { "  size", $"{Sizes.Format(disk.SizeBytes)}, {Sizes.Format(disk.FreeBytes)} free, {disk.Inodes} inodes" },
            new[] { "  sha256", disk.Sha256 },
        };
        if (pulled.StagePath is { } stage)
        {
            rows.Add(["  stage", stage]);
        }

        return $"{image.ImageRef}{(pulled.UpToDate ? " is up to date" : "")}\n{Columns.Format(rows)}";
    }
}
