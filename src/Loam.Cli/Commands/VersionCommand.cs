using System.CommandLine;
using System.Runtime.CompilerServices;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam version</c>.</summary>
internal sealed class VersionCommand(GlobalOptions global)
{
    public static LoamCommand Create(GlobalOptions global) =>
        new LoamCommand("version", "Show the version", new VersionCommand(global).Run)
            .WithExamples("loam version", "loam version --verbose     # the .NET runtime inside, and how long it is supported", "loam version --json");

    private int Run(ParseResult parsed)
    {
        var runtime = LoamRuntime.Current;
        var native = !RuntimeFeature.IsDynamicCodeSupported;
        global.Results(parsed).Write(
            new VersionJson(LoamVersion.Text, runtime.Name, runtime.SupportEnds, native, Platform.Host.ToString()),
            CliJson.Indented.VersionJson,
            () => parsed.GetValue(global.Verbose) ? Describe(runtime, native) : $"loam {LoamVersion.Text}",
            () => LoamVersion.Text);
        return 0;
    }

    private static string Describe(LoamRuntime runtime, bool native) => $"loam {LoamVersion.Text}\n" + Columns.Format(
    [
        ["  runtime", runtime.Describe(DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime))],
        ["  program", native ? "native, with the runtime inside" : "runs on the installed runtime"],
        ["  platform", Platform.Host.ToString()],
    ]);
}
