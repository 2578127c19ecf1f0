using System.Buffers.Binary;
using Loam.Filesystems.Blocks;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>Disks that were not unmounted: the reader's replay against the kernel's and e2fsck's.</summary>
public sealed class Ext4JournalTests
{
    /// <summary>Makes, changes and deletes: metadata blocks become free and are used again, which makes revokes; content
    /// that looks like the journal's own, which is escaped where content is journalled.</summary>
    private const string Churn = """
        for round in 1 2 3 4; do
          mkdir -p d$round; for i in $(seq 1 80); do echo $round $i > d$round/file-of-some-length-$i; done; sync -f .
          [ $round -gt 2 ] && rm -rf d$((round-2)); printf '\xc0\x3b\x39\x98 looks like a journal block' > magic$round
          head -c 20000 /dev/urandom > data$round; sync -f .
          setfattr -n user.round -v $round data$round; ln data$round link$round; mv magic$round moved$round; truncate -s $((round*1000)) moved$round
        done
        sync -f .; echo never synced > late; rm -f data1
        """;

    /// <summary>fs/ext4/ext4.h, EXT4_IOC_SHUTDOWN, without a flush of the log: what a killed machine leaves.</summary>
    private const string Crash = "python3 -c 'import fcntl,os,struct; fcntl.ioctl(os.open(\".\", os.O_RDONLY), 0x8004587d, struct.pack(\"I\", 2))'";

    [Theory]
    [InlineData("-b 4096", "loop")]
    [InlineData("-b 1024", "loop,data=journal")]
    [InlineData("-b 4096", "loop,data=journal")]
    [InlineData("-b 1024 -J size=1", "loop,data=journal")]
    [InlineData("-b 1024 -J size=1 -O ^64bit", "loop")]
    [InlineData("-O ^metadata_csum", "loop,journal_checksum")]
    [InlineData("-O ^metadata_csum,^64bit -b 1024", "loop,data=journal,journal_checksum")]
    [InlineData("-O ^metadata_csum", "loop,data=writeback,journal_async_commit")]
    [InlineData("-b 2048", "loop,data=writeback,journal_async_commit")]
    [InlineData("-O ^extents,^64bit -b 1024 -I 128", "loop")]
    [InlineData("-O inline_data,meta_bg,^resize_inode", "loop")]
    [InlineData("-O metadata_csum_seed,orphan_file", "loop")]
    public void A_crashed_disk_reads_as_the_kernel_and_e2fsck_recover_it(string arguments, string options)
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 80, arguments);
        KernelDisk.Change(folder["disk"], folder["mnt"], $"{Churn}\n{Crash}", options);
        AssertRecovers(folder, options);
    }

    [Fact]
    public void Ten_crashes_in_the_middle_of_writing_read_as_the_kernel_recovers_them()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 80, "-J size=4");
        for (var i = 0; i < 10; i++)
        {
            KernelDisk.Change(
                folder["disk"],
                folder["mnt"],
                $"mkdir -p c{i}; cd c{i}; ( while true; do {Churn}\n rm -rf d* data* late link*; done ) 2>/dev/null & sleep 0.{i + 2}; "
                + $"{Crash}; kill $! || true; wait || true");
            AssertRecovers(folder, "loop");
        }
    }

    [Fact]
    public void Fast_commits_are_refused_by_name_or_not_needed()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        KernelDisk.Make(folder["disk"], 80, "-O fast_commit");
        KernelDisk.Change(
            folder["disk"],
            folder["mnt"],
            $"echo a > a; sync -f .; python3 -c 'import os; f=os.open(\"b\", os.O_CREAT|os.O_WRONLY); os.write(f, b\"x\"); os.fsync(f)'; {Crash}");
        var error = Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"]));
        Assert.Equal(FilesystemError.UnsupportedFeature, error.Error);
        Assert.Contains("fast_commit", error.Message, StringComparison.Ordinal);
        KernelDisk.Change(folder["disk"], folder["mnt"], "true");
        KernelDisk.AssertReadsAsMounted(folder["disk"], folder["mnt"]);
    }

    [Theory]
    [InlineData("-O metadata_csum", 3)]
    [InlineData("-O metadata_csum,^64bit", 3)]
    [InlineData("-O metadata_csum", 2)]
    [InlineData("-O ^metadata_csum", 1)]
    [InlineData("-O ^metadata_csum,^64bit", 1)]
    [InlineData("-O ^metadata_csum,^64bit", 0)]
    public void Journals_of_every_version_of_checksums_are_replayed(string arguments, int version)
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        MakeJournalled(folder, arguments, version == 2 ? 3 : version);
        if (version == 2)
        {
            MakeVersion2(folder["disk"]);
        }

        var dirty = System.IO.File.ReadAllBytes(folder["disk"]);
        AssertRecovers(folder, "loop");
        var read = TreeDescription.Of(folder["disk"]);
        Assert.NotEqual(read["a"], TreeDescription.Of(folder["clean"])["a"]);
        Assert.Equal(dirty, System.IO.File.ReadAllBytes(folder["disk"]));
    }

    [Fact]
    public void A_damaged_journal_is_told_from_one_that_ends_early()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        MakeJournalled(folder, "-O metadata_csum", 3);
        var journal = long.Parse(Tools.Check("debugfs", "-R", "bmap <8> 2", folder["disk"]), System.Globalization.CultureInfo.InvariantCulture);
        Ext4ReaderTests.Patch(folder["disk"], journal * 1024 + 700, [0xEE]);
        var error = Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"]));
        Assert.Equal((FilesystemError.Damaged, (long?)8), (error.Error, error.Inode));

        // Without its magic number the descriptor ends the log.
        Ext4ReaderTests.Patch(folder["disk"], (journal - 1) * 1024, [0]);
        Assert.Equal(TreeDescription.Of(folder["clean"]), TreeDescription.Of(folder["disk"]));
    }

    [Fact]
    public void What_a_transaction_revokes_it_does_not_bring_itself()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["source"]);
        System.IO.File.WriteAllBytes(folder["source/a"], TestImage.Noise(5000, 1));
        System.IO.File.WriteAllBytes(folder["new"], TestImage.Noise(1024, 9));
        KernelDisk.Make(folder["disk"], 4, $"-b 1024 -N 32 -J size=1 -O metadata_csum -d {folder["source"]}");
        KernelDisk.Copy(folder["disk"], folder["clean"]);
        var blocks = ((int[])[1, 2]).Select(block => Tools.Check("debugfs", "-R", $"bmap /a {block}", folder["disk"]).Trim()).ToArray();
        System.IO.File.WriteAllText(folder["commands"], $"""
            journal_open -c -v 3
            journal_write -b {blocks[0]} {folder["new"]}
            journal_write -b {blocks[1]} -r {blocks[1]} {folder["new"]}
            journal_close

            """);
        Tools.Check("debugfs", "-w", "-f", folder["commands"], folder["disk"]);
        AssertRecovers(folder, "loop");
        using var before = Ext4Reader.Open(folder["clean"], null, TestContext.Current.CancellationToken);
        using var after = Ext4Reader.Open(folder["disk"], null, TestContext.Current.CancellationToken);
        var (old, now) = (before.ReadFile("/a"), after.ReadFile("/a"));
        Assert.Equal([false, true], ((int[])[1, 2]).Select(block => old.AsSpan(block * 1024, 1024).SequenceEqual(now.AsSpan(block * 1024, 1024))));
    }

    [Fact]
    public void A_journal_elsewhere_is_refused()
    {
        KernelDisk.Require();
        using var folder = new TemporaryFolder();
        MakeJournalled(folder, "-O ^metadata_csum", 0);
        Ext4ReaderTests.Patch(folder["disk"], 1024 + 0xE0, [0, 0, 0, 0, 1]);
        var error = Assert.Throws<FilesystemException>(() => TreeDescription.Of(folder["disk"]));
        Assert.Equal(FilesystemError.UnsupportedFeature, error.Error);
    }

    /// <summary>Makes a small disk whose journal, written by debugfs, has new content for a file and a directory; "clean" is
    /// the same before that. What debugfs calls version 2 of checksums is version 1, and wrong for revokes.</summary>
    internal static void MakeJournalled(TemporaryFolder folder, string arguments, int version)
    {
        Directory.CreateDirectory(folder["source/dir"]);
        System.IO.File.WriteAllBytes(folder["source/a"], TestImage.Noise(5000, 1));
        System.IO.File.WriteAllBytes(folder["source/dir/b"], TestImage.Noise(3000, 2));
        Directory.CreateDirectory(folder["source/dir/gone"]);
        KernelDisk.Make(folder["disk"], 4, $"-b 1024 -N 32 -J size=1 {arguments} -d {folder["source"]}");
        KernelDisk.Copy(folder["disk"], folder["clean"]);
        string Block(string file, int block) => Tools.Check("debugfs", "-R", $"bmap {file} {block}", folder["disk"]).Trim();
        var content = TestImage.Noise(1024, 9);
        new byte[] { 0xC0, 0x3B, 0x39, 0x98 }.CopyTo(content, 0);
        System.IO.File.WriteAllBytes(folder["new"], content);
        System.IO.File.WriteAllBytes(folder["new2"], [.. content, .. content]);
        System.IO.File.WriteAllText(folder["commands"], $"""
            journal_open{version switch { 0 => "", 1 => " -c -v 2", _ => " -c -v 3" }}
            journal_write -b {Block("/a", 1)},{Block("/a", 2)} {folder["new2"]}
            journal_write -b {Block("/a", 3)} {folder["new"]}
            journal_write -b {Block("/dir/b", 0)} {folder["new"]}
            {(version == 1 ? "" : $"journal_write -r {Block("/dir/b", 0)}")}
            journal_close

            """);
        Tools.Check("debugfs", "-w", "-f", folder["commands"], folder["disk"]);
    }

    /// <summary>Rewrites a journal with checksums of version 3 into one of version 2, which old kernels wrote and no tool at
    /// hand writes: tags of 14 bytes with half a checksum.</summary>
    private static void MakeVersion2(string disk)
    {
        var bytes = System.IO.File.ReadAllBytes(disk);
        int PlaceOf(int block) => 1024 * int.Parse(Tools.Check("debugfs", "-R", $"bmap <8> {block}", disk), System.Globalization.CultureInfo.InvariantCulture);
        var super = bytes.AsSpan(PlaceOf(0), 1024);
        BinaryPrimitives.WriteUInt32BigEndian(super[0x28..], BinaryPrimitives.ReadUInt32BigEndian(super[0x28..]) & ~16u | 8u);
        super.Slice(0xFC, 4).Clear();
        BinaryPrimitives.WriteUInt32BigEndian(super[0xFC..], Crc32C.Add(Crc32C.Start, super));
        var seed = Crc32C.Add(Crc32C.Start, super.Slice(0x30, 16));
        foreach (var descriptor in (int[])[1, 5, 8])
        {
            var block = bytes.AsSpan(PlaceOf(descriptor), 1024);
            Assert.Equal(1u, BinaryPrimitives.ReadUInt32BigEndian(block[4..]));
            var old = block.ToArray();
            block[12..].Clear();
            uint flags;
            for (int from = 12, to = 12, data = descriptor + 1; ; data++)
            {
                flags = BinaryPrimitives.ReadUInt32BigEndian(old.AsSpan(from + 4));
                var checksum = Crc32C.Add(Crc32C.Add(seed, old.AsSpan(8, 4)), bytes.AsSpan(PlaceOf(data), 1024));
                old.AsSpan(from, 4).CopyTo(block[to..]);
                BinaryPrimitives.WriteUInt16BigEndian(block[(to + 4)..], (ushort)checksum);
                BinaryPrimitives.WriteUInt16BigEndian(block[(to + 6)..], (ushort)flags);
                old.AsSpan(from + 8, 4).CopyTo(block[(to + 8)..]);
                (from, to) = (from + 16, to + 14);
                if ((flags & 2) == 0)
                {
                    old.AsSpan(from, 16).CopyTo(block[to..]);
                    (from, to) = (from + 16, to + 16);
                }

                if ((flags & 8) != 0)
                {
                    break;
                }
            }

            BinaryPrimitives.WriteUInt32BigEndian(block[1020..], Crc32C.Add(seed, block));
        }

        System.IO.File.WriteAllBytes(disk, bytes);
    }

    private static void AssertRecovers(TemporaryFolder folder, string options)
    {
        Assert.Contains("needs_recovery", Tools.Check("dumpe2fs", "-h", folder["disk"]), StringComparison.Ordinal);
        using (var reader = Ext4Reader.Open(folder["disk"], null, TestContext.Current.CancellationToken))
        {
            Assert.True(reader.JournalReplayed);
        }

        KernelDisk.AssertReadsAsMounted(folder["disk"], folder["mnt"], options);
        KernelDisk.Copy(folder["disk"], folder["checked"]);
        Assert.True(Tools.Run("e2fsck", "-fy", folder["checked"]).ExitCode <= 1);
        TreeListing.AssertSame(TreeDescription.Of(folder["checked"]), TreeDescription.Of(folder["disk"]));
        System.IO.File.Delete(folder["checked"]);
    }
}
