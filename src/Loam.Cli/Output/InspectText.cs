using System.Text.Json;

namespace Loam.Cli.Output;

/// <summary>An image, for people and for programs.</summary>
internal static class InspectText
{
    private const int BarWidth = 24;
    private const int MostOfCommand = 72;

    private static readonly string[] LayerTitles = ["LAYER", "DIGEST", "SIZE", "UNPACKED", "SHARE"];
    private static readonly string[] HistoryTitles = ["LAYER", "SIZE", "CREATED BY"];

    public static DetailsJson ToJson(ImageDetails details) => new(
        details.Image.ImageRef,
        details.Image.ResolvedRef,
        details.Image.Digest.ToString(),
        details.IndexDigest?.ToString(),
        PlatformJson.From(details.Image.Platform),
        details.Image.OutputPath,
        details.Image.SizeBytes,
        Times.Format(details.Image.LastUsedAt),
        details.Names,
        details.UsedBy,
        [.. details.Layers.Select(layer => new LayerJson(
            layer.Blob.Digest.ToString(), layer.DiffId.ToString(), layer.Blob.MediaType, layer.Blob.Size, layer.UncompressedBytes, layer.CreatedBy))],
        [.. details.History.Select(step => new HistoryJson(step.Entry.Created, step.Entry.CreatedBy, step.Entry.Comment, step.Entry.EmptyLayer, step.Layer))],
        details.Disk is not { } disk ? null : new DiskJson(
            details.Image.OutputPath,
            disk.Disk.Filesystem,
            disk.Disk.Sha256,
            disk.Disk.SizeBytes,
            disk.Disk.FreeBytes,
            disk.Disk.Inodes,
            disk.Disk.FreeInodes,
            disk.Disk.Uuid.ToString(),
            disk.Options.Writer),
        Parse(details.ManifestBytes),
        Parse(details.ConfigBytes));

    public static string Describe(ImageDetails details)
    {
        var run = details.Config.Config ?? new RunConfig();
        var rows = new List<string[]>();
        Add(rows, "digest", details.Image.Digest.ToString());
        Add(rows, "index", details.IndexDigest?.ToString());
        Add(rows, "platform", details.Image.Platform.ToString());
        Add(rows, "created", details.Config.Created);
        Add(rows, "entrypoint", Words(run.Entrypoint));
        Add(rows, "cmd", Words(run.Cmd));
        Add(rows, "user", run.User);
        Add(rows, "workdir", run.WorkingDir);
        Add(rows, "stop signal", run.StopSignal);
        Add(rows, "ports", Keys(run.ExposedPorts?.Keys));
        Add(rows, "volumes", Keys(run.Volumes?.Keys));
        AddAll(rows, "env", run.Env);
        AddAll(rows, "labels", run.Labels?.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));
        Add(rows, "disk", details.Image.SizeBytes == 0 ? "none" : details.Image.OutputPath);
        if (details.Disk is { } disk)
        {
            Add(rows, "", $"{Sizes.Format(disk.Disk.SizeBytes)}, {Sizes.Format(disk.Disk.FreeBytes)} free, {disk.Disk.Inodes} inodes, {disk.Disk.Filesystem}");
        }

        Add(rows, "last used", Times.Format(details.Image.LastUsedAt));
        AddAll(rows, "also named", details.Names.Where(name => name != details.Image.ImageRef));
        AddAll(rows, "used by", details.UsedBy);
        return $"{details.Image.ImageRef}\n{Columns.Format(rows)}\n\n{Layers(details)}{History(details)}";
    }

    private static string Layers(ImageDetails details)
    {
        var largest = Math.Max(1, details.Layers.Max(layer => (long?)layer.Blob.Size) ?? 1);
        var total = Math.Max(1, details.Layers.Sum(layer => layer.Blob.Size));
        var rows = new List<string[]> { LayerTitles };
        rows.AddRange(details.Layers.Select((layer, number) => new[]
        {
            $"{number + 1}",
            Digests.Short(layer.Blob.Digest),
            Sizes.Format(layer.Blob.Size),
            layer.UncompressedBytes is { } bytes ? Sizes.Format(bytes) : "?",
            $"{Bar(layer.Blob.Size, largest)} {100 * layer.Blob.Size / total}%",
        }));
        var (stored, unpacked) = (details.Layers.Sum(layer => layer.Blob.Size), details.Layers.Sum(layer => layer.UncompressedBytes ?? 0));
        rows.Add(["", "total", Sizes.Format(stored), Sizes.Format(unpacked), ""]);
        return Columns.Format(rows);
    }

    private static string History(ImageDetails details)
    {
        if (details.History.Count == 0)
        {
            return "";
        }

        var rows = new List<string[]> { HistoryTitles };
        rows.AddRange(details.History.Select(step => new[]
        {
            step.Layer is { } number ? $"{number + 1}" : "-",
            step.Layer is { } one ? Sizes.Format(details.Layers[one].Blob.Size) : "",
            Plain(step.Entry.CreatedBy ?? step.Entry.Comment ?? "", MostOfCommand),
        }));
        return $"\n\n{Columns.Format(rows)}";
    }

    /// <summary>A bar in eighths of a character.</summary>
    private static string Bar(long part, long whole)
    {
        var eighths = (int)(part * BarWidth * 8 / whole);
        var bar = new string('█', eighths / 8) + (eighths % 8 > 0 ? ((char)('█' + 8 - eighths % 8)).ToString() : "");
        return bar.PadRight(BarWidth);
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        return document.RootElement.Clone();
    }

    private static string? Words(IReadOnlyList<string>? words) => words is { Count: > 0 } ? string.Join(' ', words.Select(Quoted)) : null;

    private static string Quoted(string word) => word.Length == 0 || word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word;

    private static string? Keys(IEnumerable<string>? keys) =>
        keys?.Order(StringComparer.Ordinal).ToList() is { Count: > 0 } some ? string.Join(", ", some) : null;

    private static void Add(List<string[]> rows, string title, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            rows.Add([$"  {title}", Plain(text, int.MaxValue)]);
        }
    }

    private static void AddAll(List<string[]> rows, string title, IEnumerable<string>? texts)
    {
        foreach (var text in texts ?? [])
        {
            Add(rows, title, text);
            title = "";
        }
    }

    /// <summary>A stranger's text, without control characters.</summary>
    private static string Plain(string text, int most)
    {
        var plain = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return plain.Length > most ? plain[..(most - 1)] + "…" : plain;
    }
}
