namespace Loam.Cli.Output;

internal sealed record ProblemJson(
    string Kind, string Name, string Message, IReadOnlyList<string> Images, string? QuarantinedTo, bool Mended);

/// <summary>What <c>store check</c> prints.</summary>
internal sealed record CheckJson(bool Whole, int Images, int Blobs, int Disks, long BytesRead, IReadOnlyList<ProblemJson> Problems);

internal sealed record UsageLineJson(int Count, long SizeBytes, long DiskBytes, long ReclaimableBytes)
{
    public static UsageLineJson From(UsageLine line) => new(line.Count, line.SizeBytes, line.AllocatedBytes, line.ReclaimableBytes);
}

/// <summary>What <c>store du</c> prints.</summary>
internal sealed record UsageJson(
    int Images,
    UsageLineJson Blobs,
    UsageLineJson Disks,
    UsageLineJson Unfinished,
    UsageLineJson Quarantined,
    UsageLineJson Workspaces,
    UsageLineJson Total)
{
    public static UsageJson From(StoreUsage usage) => new(
        usage.Images,
        UsageLineJson.From(usage.Blobs),
        UsageLineJson.From(usage.Disks),
        UsageLineJson.From(usage.Unfinished),
        UsageLineJson.From(usage.Quarantined),
        UsageLineJson.From(usage.Workspaces),
        UsageLineJson.From(usage.Total));
}
