using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam store check</c>: hashes everything and follows every name.</summary>
internal sealed class CheckCommand(GlobalOptions global)
{
    private readonly Option<bool> _repair = new("--repair") { Description = "Move damaged data aside, and fetch blobs again from where they came" };
    private readonly FormatOption _format = new("json", "text");
    private readonly RegistryAccessOptions _registry = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var check = new CheckCommand(global);
        return new LoamCommand("check", "Verify the store: hash every blob and disk, and follow every name", check.RunAsync)
        {
            check._repair, check._format, check._registry,
        }.WithExamples(
            "loam store check                        # hash everything, follow every name",
            "loam store check --repair               # move damaged data aside, fetch blobs again");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var store = global.OpenStore(parsed);
        var report = await _registry.RunAsync(
            parsed,
            registry => global.Display(parsed).RunAsync(
                progress => parsed.GetValue(_repair)
                    ? new StoreCheck(store, registry.Client).RepairAsync(progress, cancellationToken)
                    : new StoreCheck(store, registry.Client).CheckAsync(progress, cancellationToken)),
            cancellationToken).ConfigureAwait(false);
        var left = report.Problems.Where(problem => !problem.Mended).ToList();
        global.Results(parsed).Write(
            new CheckJson(report.IsWhole, report.Images, report.Blobs, report.Disks, report.BytesRead, [.. report.Problems.Select(ToJson)]),
            CliJson.Indented.CheckJson,
            () => Describe(report),
            () => string.Join('\n', left.Select(problem => problem.Name)));
        return report.IsWhole
            ? 0
            : throw new LoamException(ErrorCodes.StoreCheckFailed, $"{store.Root}: {left.Count} problem{(left.Count == 1 ? "" : "s")} found")
            {
                Hint = parsed.GetValue(_repair) ? "Pull the images named above again." : ErrorCodes.StoreCheckFailed.Hint,
            };
    }

    private static ProblemJson ToJson(StoreProblem problem) =>
        new(KindName(problem.Kind), problem.Name, problem.Message, problem.Images, problem.QuarantinedTo, problem.Mended);

    private static string Describe(StoreCheckReport report)
    {
        var lines = report.Problems.Select(problem =>
            $"{KindName(problem.Kind)}: {problem.Message}"
            + (problem.Images.Count > 0 ? $" (needed by {string.Join(", ", problem.Images)})" : "")
            + (problem.QuarantinedTo is { } aside ? $"; moved to {aside}" : "")
            + (problem.Mended ? "; fixed" : ""));
        var read = $"{report.Images} images, {report.Blobs} blobs and {report.Disks} disks, {Sizes.Format(report.BytesRead)} read";
        return string.Join('\n', lines.Append($"{read}: {(report.IsWhole ? "no problems" : "damaged")}"));
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
