using System.CommandLine;
using System.Runtime.InteropServices;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create(GlobalOptions global)
    {
        var command = new Command("version", "Show the version");
        command.SetAction(parsed =>
        {
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                new VersionJson(LoamVersion.Text, RuntimeInformation.FrameworkDescription, Platform.Host.ToString()),
                CliJson.Indented.VersionJson,
                () => $"loam {LoamVersion.Text}",
                () => LoamVersion.Text);
            return 0;
        });
        return command;
    }
}
