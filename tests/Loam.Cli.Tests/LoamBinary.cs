using System.Diagnostics;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>The program under test: the published one that <c>$LOAM_BIN</c> names, else the one built beside the tests.</summary>
internal static class LoamBinary
{
    public static string Path { get; } = Environment.GetEnvironmentVariable("LOAM_BIN") is { Length: > 0 } published
        ? published
        : System.IO.Path.Combine(AppContext.BaseDirectory, "Loam.Cli");

    public static ToolResult Run(params string[] arguments) => Tools.Run(Path, arguments);

    /// <summary>Runs a command that must succeed, and gives what it printed.</summary>
    public static string Check(params string[] arguments) => Tools.Check(Path, arguments);

    public static Process Start(params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(Path, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
