using System.CommandLine;
using Loam.Cli.Progress;

namespace Loam.Cli.Options;

/// <summary>The options of <c>image pull</c>, <c>rootfs pull</c> and <c>rootfs build</c>, and the pull itself.</summary>
internal sealed class ImagePullOptions(GlobalOptions global, string initName = "--guest-init") : IOptionGroup
{
    private readonly Option<string> _os = new("--os") { Description = "The guest's operating system", DefaultValueFactory = _ => "linux" };
    private readonly Option<string?> _arch = new("--arch") { Description = "The guest's architecture: amd64, arm64, arm/v7… (default: this host's)" };
    private readonly RegistryAccessOptions _registry = new(global);

    private readonly Option<int> _jobs = new("--jobs", "-j")
    {
        Description = "How many layers to fetch at once",
        DefaultValueFactory = _ => 4,
        CustomParser = result => Numbers.Whole(result, 1, Numbers.MaximumJobs),
    };

    public DiskLayoutOptions Disk { get; } = new(initName);

    public void AddTo(Command command)
    {
        command.Options.Add(_os);
        command.Options.Add(_arch);
        command.Add(Disk);
        command.Options.Add(_jobs);
        command.Add(_registry);
    }

    public PullOptions Read(ParseResult parsed) => new()
    {
        Platform = Platform.Parse($"{parsed.GetValue(_os)}/{parsed.GetValue(_arch) ?? HostArchitecture}"),
        Jobs = parsed.GetValue(_jobs),
        Disk = Disk.Read(parsed),
    };

    /// <summary>Opens the store and the registry, and runs a pull while showing its progress.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="image">What the user calls the image.</param>
    /// <param name="pull">Pulls it.</param>
    /// <param name="cancellationToken">Stops the pull.</param>
    public async Task<PulledImage> RunAsync(
        ParseResult parsed,
        string image,
        Func<ImagePuller, ImageReference, IProgress<WorkProgress>?, Task<PulledImage>> pull,
        CancellationToken cancellationToken)
    {
        var display = global.Display(parsed);
        var store = global.OpenStore(parsed);
        return await _registry.RunAsync(
            parsed,
            async registry =>
            {
                var reference = await registry.ResolveAsync(image, cancellationToken).ConfigureAwait(false);
                return await display.RunAsync(progress => pull(new ImagePuller(store, registry.Client), reference, progress)).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static string HostArchitecture => Platform.Host.Variant is { } variant ? $"{Platform.Host.Architecture}/{variant}" : Platform.Host.Architecture;
}
