namespace Loam.Cli.Output;

/// <summary>What was removed, for people and for programs.</summary>
internal static class RemovalText
{
    public static void Write(RemovalReport report, Results results) => results.Write(
        RemovalJson.From(report), CliJson.Indented.RemovalJson, () => Lines(report), () => "");

    /// <summary>One clause: <c>delete 2 names, 1 disk, 3 blobs (120.5 MB)</c>.</summary>
    public static string Describe(RemovalReport report)
    {
        var parts = new List<string>();
        Add(parts, report.Removed.Count, "name");
        Add(parts, report.Freed.Count(item => item.Kind == FreedKind.Disk), "disk");
        Add(parts, report.Freed.Count(item => item.Kind == FreedKind.Blob), "blob");
        Add(parts, report.Freed.Count(item => item.Kind is FreedKind.Temporary or FreedKind.Quarantined), "leftover");
        return parts.Count == 0 ? "delete nothing" : $"delete {string.Join(", ", parts)} ({Sizes.Format(report.FreedBytes)})";
    }

    private static string Lines(RemovalReport report)
    {
        var lines = report.Removed.Select(image => $"{(report.DryRun ? "would remove" : "removed")} {image.ImageRef}")
            .Concat(report.Freed.Select(item => $"{(report.DryRun ? "would delete" : "deleted")} {Kind(item)} {item.Name} ({Sizes.Format(item.FreedBytes)})"))
            .Concat(report.Kept.Select(item => $"kept {item.Name}: {item.Reason}"));
        return string.Join('\n', lines.Append($"{(report.DryRun ? "would free" : "freed")} {Sizes.Format(report.FreedBytes)}"));
    }

    private static string Kind(FreedItem item) => item.Kind switch
    {
        FreedKind.Disk => "disk",
        FreedKind.Blob => "blob",
        FreedKind.Temporary => "leftover",
        _ => "quarantined",
    };

    private static void Add(List<string> parts, int count, string what)
    {
        if (count > 0)
        {
            parts.Add($"{count} {what}{(count == 1 ? "" : "s")}");
        }
    }
}
