using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image rm</c>, <c>loam rmi</c>: removes images with everything that only they use.</summary>
internal sealed class RemoveCommand(GlobalOptions global)
{
    private readonly Argument<string[]> _images = new("image")
    {
        Description = "The images: references, short names, digests or their first digits",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _force = new("--force", "-f") { Description = "Remove even images that a workspace was made from" };
    private readonly Option<bool> _dryRun = Confirmation.DryRunOption();

    public static LoamCommand Create(GlobalOptions global, string name)
    {
        var remove = new RemoveCommand(global);
        return new LoamCommand(name, "Remove images with their disks and layers; data that other images share is kept", remove.RunAsync)
        {
            remove._images, remove._force, remove._dryRun,
        }.WithExamples(
            "loam rmi alpine ubuntu:24.04",
            "loam rmi --force app:1                  # even if a workspace was made from it");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new DeleteOptions { Free = true, Force = parsed.GetValue(_force), DryRun = parsed.GetValue(_dryRun) };
        var report = await global.OpenStore(parsed).DeleteAsync(parsed.GetValue(_images)!, options, cancellationToken).ConfigureAwait(false);
        RemovalText.Write(report, global.Results(parsed));
        return 0;
    }
}
