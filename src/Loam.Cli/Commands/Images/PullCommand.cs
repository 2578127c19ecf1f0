using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image pull</c>: an image, and its disk, into the store.</summary>
internal sealed class PullCommand(GlobalOptions global)
{
    private readonly Argument<string> _image = new("image") { Description = "The image: [host[:port]/]name[:tag][@digest]" };
    private readonly ImagePullOptions _pull = new(global);
    private readonly Option<bool> _force = new("--force", "-f") { Description = "Fetch and build again what is already in the store" };

    private readonly Option<bool> _preferDisk = new("--prefer-disk")
    {
        Description = "Fetch the disk instead of the layers if the registry has one that was built with the same options",
    };

    public static LoamCommand Create(GlobalOptions global)
    {
        var pull = new PullCommand(global);
        return new LoamCommand("pull", "Pull an image and build its disk", pull.RunAsync)
        {
            pull._image, pull._pull, pull._force, pull._preferDisk,
        }.WithExamples(
            "loam pull docker.io/library/ubuntu:24.04",
            "loam pull --size-mib 4096 ghcr.io/org/app@sha256:…",
            "loam pull --arch arm64 alpine",
            "disk=$(loam pull -q alpine)             # the path of the disk, for scripts");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = _pull.Read(parsed) with
        {
            Force = parsed.GetValue(_force),
            DiskSource = parsed.GetValue(_preferDisk) ? DiskSource.Prefer : DiskSource.Build,
        };
        var pulled = await _pull.RunAsync(
            parsed,
            parsed.GetValue(_image)!,
            (puller, image, progress) => puller.PullAsync(image, options, progress, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        await PulledText.WriteAsync(pulled, global.Results(parsed)).ConfigureAwait(false);
        return 0;
    }
}
