using System.CommandLine;
using Loam.Cli.Options;

namespace Loam.Cli.Commands;

/// <summary><c>loam rootfs pull</c>: an image's disk, as somebody built and pushed it, without the layers.</summary>
internal static class DiskPullCommand
{
    public static Command Create(GlobalOptions global)
    {
        var reference = new Argument<string>("image") { Description = "The image whose disk is wanted" };
        var force = new Option<bool>("--force", "-f") { Description = "Fetch anew what is here already" };
        var settings = new PullSettings(global, "--guest-init");
        var command = new Command("pull", "Fetch the disk of an image that `rootfs push` put beside it") { reference };
        command.Options.Add(settings.Os);
        settings.AddTo(command);
        command.Options.Add(force);
        command.SetAction((parsed, cancellationToken) => settings.RunAsync(
            parsed,
            parsed.GetValue(reference)!,
            (puller, image, progress) => puller.PullAsync(
                image,
                settings.Read(parsed) with { Force = parsed.GetValue(force), DiskSource = DiskSource.Require },
                progress,
                cancellationToken),
            cancellationToken));
        return command;
    }
}
