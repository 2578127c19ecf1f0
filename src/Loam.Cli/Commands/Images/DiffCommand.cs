using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam image diff</c>: the paths in which two images differ.</summary>
internal sealed class DiffCommand(GlobalOptions global)
{
    private readonly Argument<string> _left = new("a") { Description = "An image" };
    private readonly Argument<string> _right = new("b") { Description = "Another image" };
    private readonly PlatformOption _platform = new();
    private readonly FormatOption _format = new("json", "text");

    public static LoamCommand Create(GlobalOptions global)
    {
        var diff = new DiffCommand(global);
        return new LoamCommand("diff", "List the paths in which two images differ", diff.RunAsync)
        {
            diff._left, diff._right, diff._platform, diff._format,
        }.WithExamples("loam image diff alpine:3.20 alpine:3.21", "loam image diff app:1 app:2 --json");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var inspector = new ImageInspector(global.OpenStore(parsed));
        var changes = await global.Display(parsed).RunAsync(progress => inspector.DiffAsync(
            parsed.GetValue(_left)!, parsed.GetValue(_right)!, _platform.Read(parsed), progress, cancellationToken)).ConfigureAwait(false);
        global.Results(parsed).Write(
            new DiffJson([.. changes.Select(ChangeJson.From)]),
            CliJson.Indented.DiffJson,
            () => string.Join('\n', changes.Select(TreeText.Line)),
            () => string.Join('\n', changes.Select(change => change.Path)));
        return 0;
    }
}
