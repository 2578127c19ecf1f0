using System.Text;

namespace Loam.Cli.Output;

/// <summary>What layers and images change, path by path.</summary>
internal static class TreeText
{
    public static TreeJson ToJson(ImageRecord image, IReadOnlyList<LayerChanges> layers) => new(
        image.ImageRef,
        image.Digest.ToString(),
        layers.Sum(layer => layer.WastedBytes),
        [.. layers.Select(layer => new LayerChangesJson(
            layer.Digest.ToString(),
            layer.SizeBytes,
            layer.UncompressedBytes,
            Count(layer, ChangeKind.Added),
            Count(layer, ChangeKind.Changed),
            Count(layer, ChangeKind.Removed),
            layer.AddedBytes,
            layer.WastedBytes,
            [.. layer.Changes.Select(ChangeJson.From)]))]);

    public static string Describe(ImageDetails details, IReadOnlyList<LayerChanges> layers)
    {
        var text = new StringBuilder(details.Image.ImageRef);
        for (var number = 0; number < layers.Count; number++)
        {
            var layer = layers[number];
            text.Append($"\n\nlayer {number + 1} {Digests.Short(layer.Digest)}, {Sizes.Format(layer.SizeBytes)}");
            text.Append($", unpacked {Sizes.Format(layer.UncompressedBytes)}");
            text.Append($"\n  {Count(layer, ChangeKind.Added)} added, {Count(layer, ChangeKind.Changed)} changed, {Count(layer, ChangeKind.Removed)} removed");
            text.Append(layer.WastedBytes > 0 ? $"; wastes {Sizes.Format(layer.WastedBytes)} of the layers below" : "");
            foreach (var line in Fold(layer.Changes))
            {
                text.Append("\n  ").Append(line);
            }
        }

        var wasted = layers.Sum(layer => layer.WastedBytes);
        var all = layers.Sum(layer => layer.AddedBytes);
        return text.Append($"\n\nwasted by replaced or removed files: {Sizes.Format(wasted)} of {Sizes.Format(all)}").ToString();
    }

    /// <summary>One path: <c>+ etc/motd (286 B)</c>, <c>~ etc/passwd (content, time)</c>, <c>- var/cache/</c>.</summary>
    public static string Line(PathChange change)
    {
        var sign = change.Kind switch { ChangeKind.Added => '+', ChangeKind.Removed => '-', _ => '~' };
        var what = string.Join(", ", change.What.Concat(change is { IsDirectory: false, SizeBytes: > 0 } ? [Sizes.Format(change.SizeBytes)] : []));
        return $"{sign} {Name(change)}{(what.Length > 0 ? $" ({what})" : "")}";
    }

    /// <summary>The paths, with one line for a folder that is added or removed as a whole.</summary>
    private static IEnumerable<string> Fold(IReadOnlyList<PathChange> changes)
    {
        for (var i = 0; i < changes.Count;)
        {
            var change = changes[i++];
            if (change.Path.Length == 0 && change.Kind == ChangeKind.Added)
            {
                continue;
            }

            if (!change.IsDirectory || change.Kind == ChangeKind.Changed || change.Path.Length == 0)
            {
                yield return Line(change);
                continue;
            }

            // Byte order puts "a-b" between "a" and "a/b"; what lies between follows.
            var within = change.Path + "/";
            var (count, bytes) = (0, 0L);
            var between = new List<PathChange>();
            for (; i < changes.Count && changes[i].Path.StartsWith(change.Path, StringComparison.Ordinal); i++)
            {
                if (!changes[i].Path.StartsWith(within, StringComparison.Ordinal))
                {
                    between.Add(changes[i]);
                }
                else if (changes[i].Kind == change.Kind)
                {
                    count++;
                    bytes += changes[i].SizeBytes;
                }
            }

            yield return $"{Line(change)}{(count > 0 ? $" ({count} below, {Sizes.Format(bytes)})" : "")}";
            foreach (var line in Fold(between))
            {
                yield return line;
            }
        }
    }

    private static string Name(PathChange change) => change.Path.Length == 0 ? "/" : change.IsDirectory ? change.Path + "/" : change.Path;

    private static int Count(LayerChanges layer, ChangeKind kind) => layer.Changes.Count(change => change.Kind == kind);
}
