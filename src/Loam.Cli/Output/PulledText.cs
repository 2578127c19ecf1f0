namespace Loam.Cli.Output;

/// <summary>A pulled image and its disk, for people and for programs.</summary>
internal static class PulledText
{
    public static async Task WriteAsync(PulledImage pulled, Results results)
    {
        await Notices.WarnAsync(pulled.Disk!.Warnings).ConfigureAwait(false);
        results.Write(PulledJson.From(pulled), CliJson.Indented.PulledJson, () => Describe(pulled), () => pulled.Image.OutputPath);
    }

    private static string Describe(PulledImage pulled)
    {
        var (image, disk) = (pulled.Image, pulled.Disk!.Disk);
        var rows = new List<string[]>
        {
            new[] { "  digest", image.Digest.ToString() },
            new[] { "  platform", image.Platform.ToString() },
            new[] { "  disk", image.OutputPath },
            new[] { "  size", $"{Sizes.Format(disk.SizeBytes)}, {Sizes.Format(disk.FreeBytes)} free, {disk.Inodes} inodes" },
            new[] { "  sha256", disk.Sha256 },
        };
        if (pulled.StagePath is { } stage)
        {
            rows.Add(["  stage", stage]);
        }

        return $"{image.ImageRef}{(pulled.UpToDate ? " is up to date" : "")}\n{Columns.Format(rows)}";
    }
}
