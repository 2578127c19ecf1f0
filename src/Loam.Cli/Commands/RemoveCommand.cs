using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image rm</c>, <c>loam rmi</c>: images go, with all that only they lead to.</summary>
internal static class RemoveCommand
{
    public static Command Create(GlobalOptions global, string name, params string[] aliases)
    {
        var images = new Argument<string[]>("image") { Description = "The images: references, digests or their first digits, short names", Arity = ArgumentArity.OneOrMore };
        var force = new Option<bool>("--force", "-f") { Description = "Remove even what a workspace was made from" };
        var dryRun = Confirmation.DryRunOption();
        var command = new Command(name, "Remove images, their disks and their layers; what others share stays") { images, force, dryRun };
        foreach (var alias in aliases)
        {
            command.Aliases.Add(alias);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var store = global.OpenStore(parsed);
            var options = new DeleteOptions { Free = true, Force = parsed.GetValue(force), DryRun = parsed.GetValue(dryRun) };
            var report = await store.DeleteAsync(parsed.GetValue(images)!, options, cancellationToken).ConfigureAwait(false);
            RemovalText.Write(report, new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)));
            return 0;
        });
        return command;
    }
}
