using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam rootfs pull</c>: an image's disk as somebody built and pushed it, without the layers.</summary>
internal sealed class DiskPullCommand(GlobalOptions global)
{
    private readonly Argument<string> _image = new("image") { Description = "The image whose disk to fetch: [host[:port]/]name[:tag][@digest]" };
    private readonly ImagePullOptions _pull = new(global);
    private readonly Option<bool> _force = new("--force", "-f") { Description = "Fetch the disk again even if it is already in the store" };

    public static LoamCommand Create(GlobalOptions global)
    {
        var pull = new DiskPullCommand(global);
        return new LoamCommand("pull", "Fetch an image's disk that was pushed with `rootfs push`", pull.RunAsync) { pull._image, pull._pull, pull._force }
            .WithExamples(
                "loam rootfs pull ghcr.io/org/app:1.2",
                "loam pull --prefer-disk ghcr.io/org/app:1.2     # builds the disk if the registry has none");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = _pull.Read(parsed) with { Force = parsed.GetValue(_force), DiskSource = DiskSource.Require };
        var pulled = await _pull.RunAsync(
            parsed,
            parsed.GetValue(_image)!,
            (puller, image, progress) => puller.PullAsync(image, options, progress, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        await PulledText.WriteAsync(pulled, global.Results(parsed)).ConfigureAwait(false);
        return 0;
    }
}
