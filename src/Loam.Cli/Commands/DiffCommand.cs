using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image diff</c>: the paths in which two images differ.</summary>
internal static class DiffCommand
{
    public static Command Create(GlobalOptions global)
    {
        var left = new Argument<string>("a") { Description = "An image" };
        var right = new Argument<string>("b") { Description = "Another image" };
        var platform = InspectCommand.PlatformOption();
        var format = new FormatOption("json", "text");
        var command = new Command("diff", "List the paths in which two images differ") { left, right, platform, format };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var inspector = new ImageInspector(global.OpenStore(parsed));
            var wanted = InspectCommand.ReadPlatform(parsed.GetValue(platform));
            var changes = await global.Display(parsed).RunAsync(
                progress => inspector.DiffAsync(parsed.GetValue(left)!, parsed.GetValue(right)!, wanted, progress, cancellationToken)).ConfigureAwait(false);
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                new DiffJson([.. changes.Select(ChangeJson.From)]),
                CliJson.Indented.DiffJson,
                () => string.Join('\n', changes.Select(TreeText.Line)),
                () => string.Join('\n', changes.Select(change => change.Path)));
            return 0;
        });
        return command;
    }
}
