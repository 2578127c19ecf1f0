using System.Globalization;
using System.Text;
using Loam.Filesystems;

namespace Loam.TestKit;

/// <summary>Stacks of layers made at random, the same ones for the same seed: every kind of entry, whiteouts, opaque
/// marks, links to what is below, types that replace one another.</summary>
public static class GeneratedLayers
{
    /// <summary>One stack, lowest layer first.</summary>
    public static IReadOnlyList<byte[]> Stack(int seed)
    {
        var random = new Random(seed);
        var known = new Known(random);
        return [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Layer(random, known))];
    }

    private static byte[] Layer(Random random, Known known)
    {
        var tar = new TarAuthor();
        known.NextLayer();
        for (var entries = random.Next(3, 40); entries > 0; entries--)
        {
            Add(tar, random, known);
        }

        return tar.End();
    }

    private static void Add(TarAuthor tar, Random random, Known known)
    {
        var path = known.NewPath();
        var (uid, gid) = ((uint)random.NextInt64(random.Next(4) == 0 ? 1L << 32 : 2000), (uint)random.Next(3000));
        var mode = (ushort)random.Next(0x1000);
        var time = random.NextInt64(-1_000_000_000, 5_000_000_000);
        switch (random.Next(12))
        {
            case 0 or 1 or 2:
                tar.Directory(path, mode, uid, gid, time, Attributes(random));
                known.Folder(path);
                break;
            case 3:
                tar.Symlink(path, random.Next(3) == 0 ? "/" + known.Any() : new string('t', random.Next(1, 200)));
                break;
            case 4 when known.File() is { } target && target != path:
                tar.HardLink(path, target);
                known.Made(path);
                break;
            case 5:
                _ = random.Next(2) == 0 ? tar.Fifo(path) : tar.Device(path, random.Next(2) == 0, (uint)random.Next(4096), (uint)random.Next(1 << 20));
                break;
            case 6 when known.Below() is { } below:
                tar.Whiteout(below);
                known.Gone(below);
                break;
            case 7 when known.FolderBelow() is { } below:
                tar.Opaque(below);
                known.Emptied(below);
                break;
            default:
                tar.File(path, Content(random), mode, uid, gid, time, (uint)random.Next(1_000_000_000), Attributes(random));
                known.Made(path);
                break;
        }
    }

    private static byte[] Content(Random random)
    {
        var content = TestImage.Noise(random.Next(8) == 0 ? random.Next(200_000) : random.Next(6_000), random.Next());
        if (content.Length > 0 && random.Next(4) == 0)
        {
            var start = random.Next(content.Length);
            content.AsSpan(start, random.Next(content.Length - start)).Clear();
        }

        return content;
    }

    private static XAttr[] Attributes(Random random) =>
    [
        .. Enumerable.Range(0, random.Next(5) == 0 ? random.Next(1, 4) : 0)
            .Select(i => new XAttr($"user.{(char)('a' + random.Next(26))}{i}", TestImage.Noise(random.Next(1, 400), random.Next()))),
    ];

    /// <summary>The paths of a stack, so that links and whiteouts have something to meet.</summary>
    private sealed class Known(Random random)
    {
        private List<string> _files = [];
        private List<string> _folders = [];
        private List<string> _filesBelow = [];
        private List<string> _foldersBelow = [];
        private int _names;

        public void NextLayer() => (_filesBelow, _foldersBelow) = ([.. _files], [.. _folders]);

        /// <summary>A path in a known folder: mostly a new one, at times one that is there.</summary>
        public string NewPath()
        {
            if (random.Next(6) == 0 && _files.Count > 0)
            {
                return Pick(_files)!;
            }

            var name = new StringBuilder().Append(CultureInfo.InvariantCulture, $"n{_names++}").Append((char)random.Next(0xA0, 0x100));
            name.Append('x', random.Next(20) == 0 ? random.Next(200) : random.Next(8));
            return random.Next(3) > 0 && Pick(_folders) is { Length: < 1500 } folder ? $"{folder}/{name}" : name.ToString();
        }

        public string Any() => Pick(_folders) ?? "nowhere";

        public string? File() => Pick(_files);

        public string? Below() => random.Next(3) == 0 ? Pick(_foldersBelow) : Pick(_filesBelow);

        public string? FolderBelow() => Pick(_foldersBelow);

        public void Made(string path)
        {
            Gone(path);
            _files.Add(path);
        }

        public void Folder(string path)
        {
            Gone(path);
            _folders.Add(path);
        }

        public void Gone(string path)
        {
            Emptied(path);
            _files.Remove(path);
            _folders.Remove(path);
        }

        public void Emptied(string path)
        {
            _files.RemoveAll(other => other.StartsWith(path + "/", StringComparison.Ordinal));
            _folders.RemoveAll(other => other.StartsWith(path + "/", StringComparison.Ordinal));
        }

        private string? Pick(List<string> from) => from.Count == 0 ? null : from[random.Next(from.Count)];
    }
}
