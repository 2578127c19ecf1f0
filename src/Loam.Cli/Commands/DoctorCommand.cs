using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam doctor</c>: what this host can do.</summary>
internal static class DoctorCommand
{
    public static Command Create(GlobalOptions global)
    {
        var registry = new Option<string?>("--registry") { Description = "A registry to reach; empty for none", HelpName = "host", DefaultValueFactory = _ => ImageReference.DefaultRegistry };
        var machines = new Option<bool>("--machines") { Description = "Fail also where no machine can be booted" };
        var command = new Command("doctor", "Show what this host can do, and how to mend what it cannot") { registry, machines };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var asked = parsed.GetValue(registry) is { Length: > 0 } host ? host : null;
            var checks = await new Doctor(global.OpenStore(parsed)).RunAsync(asked, cancellationToken).ConfigureAwait(false);
            var failed = checks.Any(check => check.Finding == Finding.Bad && (check.Required || parsed.GetValue(machines) && check.Name != "registry"));
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                new DoctorJson(!failed, [.. checks.Select(check => new DiagnosisJson(check.Name, Word(check.Finding), check.Detail, check.Fix, check.Required))]),
                CliJson.Indented.DoctorJson,
                () => string.Join('\n', checks.Select(Line)),
                () => string.Join('\n', checks.Where(check => check.Finding == Finding.Bad).Select(check => check.Name)));
            return failed ? (int)ErrorClass.Failed : 0;
        });
        return command;
    }

    private static string Word(Finding finding) => finding switch { Finding.Good => "ok", Finding.Weak => "warning", _ => "failed" };

    private static string Line(Diagnosis check) =>
        $"{Word(check.Finding),-8} {check.Name,-12} {check.Detail}{(check.Fix is { } fix ? $"\n{"",-21} fix: {fix}" : "")}";
}
