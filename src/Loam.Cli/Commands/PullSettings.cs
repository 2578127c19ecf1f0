using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace Loam.Cli;

/// <summary>The options that `image pull` and `rootfs build` have in common.</summary>
internal sealed class PullSettings
{
    private readonly GlobalOptions _global;

    public PullSettings(GlobalOptions global, string initName)
    {
        _global = global;
        GuestInit = new Option<FileInfo?>(initName) { Description = "A program to install as the guest's /sbin/init", HelpName = "path" };
        SizeMib.Validators.Add(result => Require(result.GetValueOrDefault<int?>() is null or (> 0 and <= 8_000_000), "--size-mib takes 1 to 8000000", result.AddError));
        Jobs.Validators.Add(result => Require(result.GetValueOrDefault<int>() is > 0 and <= 64, "--jobs takes 1 to 64", result.AddError));
    }

    public Option<string> Os { get; } = new("--os") { Description = "The guest's operating system", DefaultValueFactory = _ => "linux" };

    public Option<string?> Arch { get; } = new("--arch") { Description = "The guest's processor: amd64, arm64, arm/v7… (default: this machine's)" };

    public Option<int?> SizeMib { get; } = new("--size-mib") { Description = "The disk's exact size (default: the content, a tenth more, and at least 64 MiB free)", HelpName = "MiB" };

    public Option<FileInfo?> Mke2fs { get; } = new("--mke2fs") { Description = "Lay the disk out with this mke2fs instead of Loam's own writer", HelpName = "path" };

    public Option<FileInfo?> GuestInit { get; }

    public Option<bool> Insecure { get; } = new("--insecure") { Description = "Speak plain HTTP to the registry" };

    public Option<FileInfo?> CaCerts { get; } = new("--ca-certs") { Description = "Further certificate authorities to trust (PEM)", HelpName = "path" };

    public Option<int> Jobs { get; } = new("--jobs", "-j") { Description = "How many layers are fetched at once", DefaultValueFactory = _ => 4 };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { Arch, SizeMib, Mke2fs, GuestInit, Insecure, CaCerts, Jobs })
        {
            command.Options.Add(option);
        }
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

    public RegistryOptions ReadRegistry(ParseResult parsed) => new()
    {
        Insecure = parsed.GetValue(Insecure),
        CaCertificates = parsed.GetValue(CaCerts) is { } file ? RegistryOptions.ReadCaCertificates(file.FullName) : null,
    };

    /// <summary>Opens store and registry, runs a pull with its progress shown, and prints what came of it.</summary>
    public async Task<int> RunAsync(
        ParseResult parsed, Func<ImagePuller, IProgress<WorkProgress>?, Task<PulledImage>> pull)
    {
        using var logs = LoggerFactory.Create(builder =>
        {
            if (parsed.GetValue(_global.Verbose))
            {
                builder.SetMinimumLevel(LogLevel.Debug).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
            }
        });
        var results = new Results(_global.WantsJson(parsed), parsed.GetValue(_global.Quiet));
        var display = ProgressDisplay.For(
            shown: !results.Json && !parsed.GetValue(_global.Quiet),
            colored: !parsed.GetValue(_global.NoColor));
        var store = ImageStore.Open(parsed.GetValue(_global.StateDir));
        using var registry = new RegistryClient(ReadRegistry(parsed), logs.CreateLogger("Loam.Registry"));
        var pulled = await display.RunAsync(progress => pull(new ImagePuller(store, registry), progress)).ConfigureAwait(false);
        foreach (var warning in pulled.Disk.Warnings)
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
        pulled.Disk.IndexDigest?.ToString(),
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
        var (image, disk) = (pulled.Image, pulled.Disk.Disk);
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
