using System.CommandLine;
using Loam.Cli.Options;

namespace Loam.Cli.Commands;

/// <summary><c>loam image pull</c>: an image, and its disk, into the store.</summary>
internal static class PullCommand
{
    public static Command Create(GlobalOptions global, string description = "Pull an image and write its disk")
    {
        var reference = new Argument<string>("image") { Description = "The image: [host[:port]/]name[:tag][@digest]" };
        var force = new Option<bool>("--force", "-f") { Description = "Fetch and build anew what is here already" };
        var prefer = new Option<bool>("--prefer-disk") { Description = "Fetch the disk, without the layers, where the registry has one built with the same options" };
        var settings = new PullSettings(global, "--guest-init");
        var command = new Command("pull", description) { reference };
        command.Options.Add(settings.Os);
        settings.AddTo(command);
        command.Options.Add(force);
        command.Options.Add(prefer);
        command.SetAction((parsed, cancellationToken) => settings.RunAsync(
            parsed,
            parsed.GetValue(reference)!,
            (puller, image, progress) => puller.PullAsync(
                image,
                settings.Read(parsed) with
                {
                    Force = parsed.GetValue(force),
                    DiskSource = parsed.GetValue(prefer) ? DiskSource.Prefer : DiskSource.Build,
                },
                progress,
                cancellationToken),
            cancellationToken));
        return command;
    }
}
