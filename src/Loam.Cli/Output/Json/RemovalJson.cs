namespace Loam.Cli.Output;

internal sealed record FreedJson(string? Path, string? Digest, long SizeBytes, long FreedBytes)
{
    public static IReadOnlyList<FreedJson> Of(RemovalReport report, FreedKind kind) =>
    [
        .. report.Freed.Where(item => item.Kind == kind).Select(item => new FreedJson(
            kind == FreedKind.Blob ? null : item.Name, kind == FreedKind.Blob ? item.Name : null, item.SizeBytes, item.FreedBytes)),
    ];
}

internal sealed record KeptJson(string Name, string Reason);

/// <summary>What <c>image delete</c>, <c>image rm</c> and <c>image prune</c> print.</summary>
internal sealed record RemovalJson(
    bool DryRun,
    IReadOnlyList<ImageJson> Removed,
    IReadOnlyList<FreedJson> Disks,
    IReadOnlyList<FreedJson> Blobs,
    IReadOnlyList<FreedJson> Temporary,
    IReadOnlyList<FreedJson> Quarantined,
    IReadOnlyList<KeptJson> Kept,
    long FreedBytes)
{
    public static RemovalJson From(RemovalReport report) => new(
        report.DryRun,
        [.. report.Removed.Select(ImageJson.From)],
        FreedJson.Of(report, FreedKind.Disk),
        FreedJson.Of(report, FreedKind.Blob),
        FreedJson.Of(report, FreedKind.Temporary),
        FreedJson.Of(report, FreedKind.Quarantined),
        [.. report.Kept.Select(item => new KeptJson(item.Name, item.Reason))],
        report.FreedBytes);
}
