using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>Disks that were changed in a few places: each is read, or refused with an error of our own.</summary>
public sealed class Ext4HostileTests
{
    private static readonly Ext4ReadOptions Limits = new() { MaximumMemoryBytes = 32 << 20, MaximumEntries = 10_000 };

    public static TheoryData<string, int> Kinds => new()
    {
        { "-b 1024 -N 40 -O ^metadata_csum,^has_journal,^resize_inode", 30_000 },
        { "-b 1024 -N 40 -O ^metadata_csum,^has_journal,^extents,^64bit,^resize_inode", 20_000 },
        { "-b 1024 -N 40 -I 512 -O ^metadata_csum,^has_journal,inline_data,ea_inode,^resize_inode", 20_000 },
        { "-b 1024 -N 40 -O metadata_csum,^has_journal,^resize_inode", 10_000 },
        { "-b 1024 -N 40 -O ^metadata_csum,uninit_bg,meta_bg,^resize_inode,^has_journal", 5_000 },
        { "journal", 15_000 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_mutation_is_read_or_refused(string arguments, int count)
    {
        Tools.Require("mke2fs", "debugfs");
        using var folder = new TemporaryFolder();
        Make(folder, arguments);
        var original = System.IO.File.ReadAllBytes(folder["disk"]);
        var places = Places(original);
        using var disk = System.IO.File.OpenHandle(folder["disk"], FileMode.Open, FileAccess.ReadWrite);
        var (read, refused) = (0, 0);
        for (var seed = 0; seed < count; seed++)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            var changed = Mutate(disk, original, places, new Random(seed));
            try
            {
                ReadAll(folder["disk"]);
                read++;
            }
            catch (FilesystemException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}");
            }

            if (RandomAccess.GetLength(disk) != original.Length)
            {
                RandomAccess.Write(disk, original, 0);
            }

            foreach (var (at, length) in changed)
            {
                RandomAccess.Write(disk, original.AsSpan(at, length), at);
            }
        }

        Assert.True(read > 0 && refused > count / 50, $"{read} read, {refused} refused");
    }

    private static void ReadAll(string path)
    {
        using var reader = Ext4Reader.Open(path, Limits, TestContext.Current.CancellationToken);
        var tree = reader.ReadTree(TestContext.Current.CancellationToken);
        var buffer = new byte[16 << 10];
        foreach (var (_, node) in tree.Walk())
        {
            if (node is RegularFileNode file)
            {
                using var stream = reader.OpenContent(file);
                foreach (var range in stream.DataRanges)
                {
                    Assert.True(range.Length > 0 && range.Offset >= 0 && range.Offset + range.Length <= stream.Length);
                    stream.Position = range.Offset;
                    _ = stream.Read(buffer);
                }
            }
        }
    }

    private static void Make(TemporaryFolder folder, string arguments)
    {
        if (arguments == "journal")
        {
            Ext4JournalTests.MakeJournalled(folder, "-O ^metadata_csum", 0);
            return;
        }

        Directory.CreateDirectory(folder["source/dir/below"]);
        System.IO.File.WriteAllBytes(folder["source/file"], TestImage.Noise(20_000, 1));
        System.IO.File.WriteAllBytes(folder["source/dir/small"], TestImage.Noise(50, 2));
        System.IO.File.CreateSymbolicLink(folder["source/link"], "dir/small");
        System.IO.File.CreateSymbolicLink(folder["source/long"], new string('x', 200));
        using (var holes = System.IO.File.OpenHandle(folder["source/holes"], FileMode.Create, FileAccess.Write))
        {
            for (var i = 0; i < 12; i++)
            {
                RandomAccess.Write(holes, [1], i * 8192);
            }
        }

        if (Tools.Find("setfattr") is not null)
        {
            Tools.Run("setfattr", "-n", "user.short", "-v", "value", folder["source/file"]);
            Tools.Run("setfattr", "-n", "user.long", "-v", new string('v', 600), folder["source/file"]);
        }

        for (var i = 0; i < 12; i++)
        {
            System.IO.File.WriteAllText(folder[$"source/dir/below/a-name-of-some-length-{i}"], "");
        }

        using (var file = System.IO.File.Create(folder["disk"]))
        {
            file.SetLength(192 << 10);
        }

        Tools.Check("mke2fs", ["-q", "-F", "-t", "ext4", .. arguments.Split(' '), "-d", folder["source"], folder["disk"]]);
    }

    /// <summary>Bytes that say something; contents are mostly left out.</summary>
    private static int[] Places(byte[] disk)
    {
        var places = new List<int>();
        for (var block = 0; block < disk.Length; block += 1024)
        {
            var set = Enumerable.Range(block, 1024).Where(at => disk[at] != 0).ToList();
            places.AddRange(set.Count > 700 ? set.Take(16) : set);
        }

        return [.. places];
    }

    /// <returns>What was changed.</returns>
    private static List<(int At, int Length)> Mutate(Microsoft.Win32.SafeHandles.SafeFileHandle disk, byte[] original, int[] places, Random random)
    {
        var changed = new List<(int, int)>();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = places[random.Next(places.Length)];
            var word = at & ~3;
            byte[] bytes;
            switch (random.Next(20))
            {
                case 0:
                    RandomAccess.SetLength(disk, random.Next(original.Length));
                    return [];
                case < 6:
                    bytes = [(byte)(original[at] ^ (1 << random.Next(8)))];
                    break;
                case < 9:
                    bytes = [(byte)random.Next(256)];
                    break;
                case < 14:
                    at = word;
                    bytes = BitConverter.GetBytes(
                        ((uint[])[0, 1, 2, 11, 12, uint.MaxValue, 0x7FFF_FFFF, 0x8000, (uint)random.Next(192), (uint)random.Next(40)])[random.Next(10)]);
                    break;
                case < 18:
                    at = word;
                    bytes = original.AsSpan(places[random.Next(places.Length)] & ~3, 4).ToArray();
                    break;
                default:
                    at &= ~1023;
                    bytes = original.AsSpan(places[random.Next(places.Length)] & ~1023, 1024).ToArray();
                    break;
            }

            RandomAccess.Write(disk, bytes, at);
            changed.Add((at, bytes.Length));
        }

        return changed;
    }
}
