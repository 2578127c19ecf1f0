using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam doctor</c>: what this host lacks, and how to get it.</summary>
internal sealed class DoctorCommand(GlobalOptions global)
{
    private readonly Option<string?> _registry = new("--registry")
    {
        Description = "The registry to connect to; empty for none",
        HelpName = "host",
        DefaultValueFactory = _ => ImageReference.DefaultRegistry,
    };

    private readonly Option<bool> _machines = new("--machines") { Description = "Also fail if this host cannot boot machines" };

    public static LoamCommand Create(GlobalOptions global)
    {
        var doctor = new DoctorCommand(global);
        return new LoamCommand("doctor", "Check this host for what Loam needs, and say how to fix what is missing", doctor.RunAsync)
        {
            doctor._registry, doctor._machines,
        }.WithExamples(
            "loam doctor",
            "loam doctor --json --registry ghcr.io",
            "loam doctor --machines                   # fail if this host cannot boot machines");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var registry = parsed.GetValue(_registry) is { Length: > 0 } host ? host : null;
        var checks = await new Doctor(global.OpenStore(parsed)).RunAsync(registry, cancellationToken).ConfigureAwait(false);
        var failed = checks.Any(check => check.Finding == Finding.Bad && (check.Required || parsed.GetValue(_machines) && check.Name != "registry"));
        global.Results(parsed).Write(
            new DoctorJson(!failed, [.. checks.Select(check => new DiagnosisJson(check.Name, Word(check.Finding), check.Detail, check.Fix, check.Required))]),
            CliJson.Indented.DoctorJson,
            () => string.Join('\n', checks.Select(Line)),
            () => string.Join('\n', checks.Where(check => check.Finding == Finding.Bad).Select(check => check.Name)));
        return failed ? (int)ErrorClass.Failed : 0;
    }

    internal static string Word(Finding finding) => finding switch { Finding.Good => "ok", Finding.Weak => "warning", _ => "failed" };

    internal static string Line(Diagnosis check) =>
        $"{Word(check.Finding),-8} {check.Name,-12} {check.Detail}{(check.Fix is { } fix ? $"\n{"",-21} fix: {fix}" : "")}";
}
