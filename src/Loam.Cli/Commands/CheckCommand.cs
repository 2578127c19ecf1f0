using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam store check</c>: hashes everything and follows every name.</summary>
internal static class CheckCommand
{
    public static Command Create(GlobalOptions global)
    {
        var repair = new Option<bool>("--repair") { Description = "Put damage aside, and fetch blobs anew from where they came" };
        var flags = new RegistryFlags(global);
        var format = new FormatOption("json", "text");
        var command = new Command("check", "Hash every blob and disk, follow every name") { repair, format };
        flags.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var store = global.OpenStore(parsed);
            var report = await flags.RunAsync(
                parsed,
                registry => global.Display(parsed).RunAsync(
                    progress => parsed.GetValue(repair)
                        ? new StoreCheck(store, registry.Client).RepairAsync(progress, cancellationToken)
                        : new StoreCheck(store, registry.Client).CheckAsync(progress, cancellationToken)),
                cancellationToken).ConfigureAwait(false);
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                new CheckJson(report.IsWhole, report.Images, report.Blobs, report.Disks, report.BytesRead, [.. report.Problems.Select(ToJson)]),
                CliJson.Indented.CheckJson,
                () => Describe(report),
                () => string.Join('\n', report.Problems.Where(problem => !problem.Mended).Select(problem => problem.Name)));
            if (report.IsWhole)
            {
                return 0;
            }

            var left = report.Problems.Count(problem => !problem.Mended);
            throw new LoamException(ErrorCodes.StoreCheckFailed, $"{left} thing{(left == 1 ? " is" : "s are")} damaged or missing in {store.Root}")
            {
                Hint = parsed.GetValue(repair) ? "Pull the images that are named above again." : ErrorCodes.StoreCheckFailed.Hint,
            };
        });
        return command;
    }

    private static ProblemJson ToJson(StoreProblem problem) =>
        new(KindName(problem.Kind), problem.Name, problem.Message, problem.Images, problem.QuarantinedTo, problem.Mended);

    private static string Describe(StoreCheckReport report)
    {
        var lines = report.Problems.Select(problem =>
            $"{KindName(problem.Kind)}: {problem.Message}"
            + (problem.Images.Count > 0 ? $" (needed by {string.Join(", ", problem.Images)})" : "")
            + (problem.QuarantinedTo is { } aside ? $"; moved to {aside}" : "")
            + (problem.Mended ? "; mended" : ""));
        return string.Join('\n', lines.Append(
            $"{report.Images} images, {report.Blobs} blobs and {report.Disks} disks, {Sizes.Format(report.BytesRead)}: {(report.IsWhole ? "whole" : "damaged")}"));
    }

    private static string KindName(ProblemKind kind) => kind switch
    {
        ProblemKind.IndexDamaged => "index_damaged",
        ProblemKind.BlobDamaged => "blob_damaged",
        ProblemKind.BlobMissing => "blob_missing",
        ProblemKind.ManifestInvalid => "manifest_invalid",
        ProblemKind.DiskDamaged => "disk_damaged",
        ProblemKind.DiskMissing => "disk_missing",
        _ => "unknown_file",
    };
}
