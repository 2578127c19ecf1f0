using System.CommandLine;
using System.Runtime.InteropServices;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam version</c>.</summary>
internal sealed class VersionCommand(GlobalOptions global)
{
    public static LoamCommand Create(GlobalOptions global) =>
        new LoamCommand("version", "Show the version", new VersionCommand(global).Run).WithExamples("loam version", "loam version --json");

    private int Run(ParseResult parsed)
    {
        global.Results(parsed).Write(
            new VersionJson(LoamVersion.Text, RuntimeInformation.FrameworkDescription, Platform.Host.ToString()),
            CliJson.Indented.VersionJson,
            () => $"loam {LoamVersion.Text}",
            () => LoamVersion.Text);
        return 0;
    }
}
