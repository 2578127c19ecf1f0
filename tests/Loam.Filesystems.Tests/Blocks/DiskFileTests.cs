using System.Security.Cryptography;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>A disk's file, whatever it is kept in, and used from several threads, as it is when it is hashed while it is synced.</summary>
public sealed class DiskFileTests
{
    private const int Block = DiskFile.BlockSize;

    [Fact]
    public async Task Flushes_at_once_do_not_wait_for_each_other_for_ever()
    {
        using var folder = new TemporaryFolder();
        using var disk = DiskFile.Create(folder["disk"]);
        disk.Write(0, TestImage.Noise(Block, 1));
        disk.Flush();
        var flushes = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < 20_000; i++)
                {
                    disk.Flush();
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default));
        await Task.WhenAll(flushes).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("path")]
    [InlineData("handle")]
    [InlineData("file stream")]
    [InlineData("memory")]
    [InlineData("odd")]
    public void Whatever_it_is_kept_in_what_was_written_is_read_and_the_rest_is_zeros(string kind)
    {
        using var folder = new TemporaryFolder();
        var kept = Keep(kind, folder["disk"]);
        var expected = new byte[700 * Block];
        using (var disk = kept.Disk)
        {
            var random = new Random(5);
            for (var i = 0; i < 60; i++)
            {
                var (block, count) = (random.Next(300), random.Next(1, 20));
                var data = TestImage.Noise(count * Block, i);
                data.CopyTo(expected, block * Block);
                disk.Write(block, data);
            }

            // More than is gathered at once, in small and large pieces.
            disk.Write(320, TestImage.Noise(Block, 100));
            disk.Write(321, TestImage.Noise(300 * Block, 101));
            disk.Write(621, TestImage.Noise(Block, 102));
            TestImage.Noise(Block, 100).CopyTo(expected, 320 * Block);
            TestImage.Noise(300 * Block, 101).CopyTo(expected, 321 * Block);
            TestImage.Noise(Block, 102).CopyTo(expected, 621 * Block);
            AssertReads(disk, expected);
            disk.Punch(new BlockRange(330, 10));
            expected.AsSpan(330 * Block, 10 * Block).Clear();
            disk.Punch(new BlockRange(650, 10));
            disk.SetLength(expected.Length);
            AssertReads(disk, expected);
            disk.SetLength(400 * Block);
            disk.SetLength(expected.Length);
            expected.AsSpan(400 * Block).Clear();
            disk.Write(699, TestImage.Noise(Block, 103));
            TestImage.Noise(Block, 103).CopyTo(expected, 699 * Block);
            disk.Sync();
            AssertReads(disk, expected);
            Assert.True(disk.BytesWritten >= 302 * Block);
            var after = disk.NextData(660L * Block);
            Assert.True(after <= 699L * Block, $"{after}");
            Assert.Equal(long.MaxValue, disk.NextData(700L * Block));
            var tail = new byte[3 * Block];
            Array.Fill(tail, (byte)7);
            disk.Read(699 * Block, tail);
            Assert.Equal([.. TestImage.Noise(Block, 103), .. new byte[2 * Block]], tail);
        }

        Assert.Equal(SHA256.HashData(expected), SHA256.HashData(kept.Content()));
    }

    [Fact]
    public void Holes_are_kept_where_the_host_has_them()
    {
        using var folder = new TemporaryFolder();
        using (var disk = DiskFile.Create(folder["disk"]))
        {
            disk.Write(0, TestImage.Noise(64 * Block, 1));
            disk.Write(10_000, TestImage.Noise(Block, 2));
            disk.Punch(new BlockRange(16, 32));
            disk.SetLength(20_000L * Block);
            Assert.Equal(10_000L * Block, disk.NextData(64 * Block));
            Assert.Equal(48 * Block, disk.NextData(16 * Block));
        }

        Assert.Equal(33 * Block, DiskCopy.StoredBytes(folder["disk"]));
        Assert.Equal(20_000L * Block, new FileInfo(folder["disk"]).Length);
    }

    [Fact]
    public void What_is_given_is_closed_or_left_open()
    {
        using var folder = new TemporaryFolder();
        var handle = File.OpenHandle(folder["a"], FileMode.CreateNew, FileAccess.ReadWrite);
        DiskFile.Create(handle, leaveOpen: true).Dispose();
        Assert.False(handle.IsClosed);
        DiskFile.Create(handle).Dispose();
        Assert.True(handle.IsClosed);
        var memory = new MemoryStream();
        DiskFile.Create(memory, leaveOpen: true).Dispose();
        Assert.True(memory.CanRead);
        DiskFile.Create(memory).Dispose();
        Assert.False(memory.CanRead);
        var file = new FileStream(folder["b"], FileMode.CreateNew);
        DiskFile.Create(file, leaveOpen: true).Dispose();
        Assert.True(file.CanRead);
        DiskFile.Create(file).Dispose();
        Assert.False(file.CanRead);
    }

    [Fact]
    public void What_cannot_become_a_disk_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["full"], "x");
        using var handle = File.OpenHandle(folder["full"], FileMode.Open, FileAccess.ReadWrite);
        Assert.Throws<ArgumentException>("file", () => DiskFile.Create(handle));
        Assert.Throws<ArgumentException>("stream", () => DiskFile.Create(new MemoryStream([1])));
        Assert.Throws<ArgumentException>("stream", () => DiskFile.Create(new MemoryStream([], writable: false)));
        Assert.Throws<ArgumentException>("stream", () => DiskFile.Create(new System.IO.Pipes.AnonymousPipeServerStream()));
        Assert.Throws<IOException>(() => DiskFile.Create(folder["full"]));
        Assert.Throws<ArgumentNullException>(() => DiskFile.Create((string)null!));
        Assert.Throws<ArgumentNullException>(() => DiskFile.Create((Stream)null!));
        Assert.Throws<ArgumentNullException>(() => DiskFile.Create((Microsoft.Win32.SafeHandles.SafeFileHandle)null!));
        using var disk = DiskFile.Create(folder["disk"]);
        Assert.Throws<ArgumentException>(() => disk.Write(0, new byte[Block + 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => disk.Write(-1, new byte[Block]));
        Assert.Throws<ArgumentNullException>(() => disk.OpenContent(null!));
    }

    [Theory]
    [InlineData("flush")]
    [InlineData("read")]
    [InlineData("sync")]
    [InlineData("dispose")]
    [InlineData("write")]
    public void A_failed_write_is_thrown_by_whoever_comes_next(string next)
    {
        var stream = new OddStream { FailsAt = 2 << 20 };
        var disk = DiskFile.Create(stream);
        disk.Write(0, new byte[1 << 20]);
        disk.Flush();
        disk.Write(600, TestImage.Noise(Block, 1));
        var error = Assert.Throws<IOException>(next switch
        {
            "flush" => disk.Flush,
            "read" => () => disk.Read(0, new byte[1]),
            "sync" => disk.Sync,
            "dispose" => disk.Dispose,
            _ => () =>
            {
                for (var i = 0; i < 20; i++)
                {
                    disk.Write(2000 + 512 * i, new byte[1 << 20]);
                }
            }
            ,
        });
        Assert.Equal("full", error.Message);
        Assert.Throws<IOException>(disk.Dispose);
        Assert.True(stream.IsClosed);
    }

    [Fact]
    public void A_sync_reaches_the_stream()
    {
        var stream = new OddStream();
        using var disk = DiskFile.Create(stream);
        disk.Write(0, new byte[Block]);
        disk.Flush();
        Assert.Equal(0, stream.Flushes);
        disk.Sync();
        Assert.Equal(1, stream.Flushes);
    }

    private static void AssertReads(DiskFile disk, byte[] expected)
    {
        var read = new byte[expected.Length];
        disk.Read(0, read);
        Assert.True(expected.AsSpan().SequenceEqual(read), "what was read is not what was written");
        disk.Read(1000, read.AsSpan(0, 9000));
        Assert.True(expected.AsSpan(1000, 9000).SequenceEqual(read.AsSpan(0, 9000)));
    }

    private static (DiskFile Disk, Func<byte[]> Content) Keep(string kind, string path)
    {
        switch (kind)
        {
            case "path":
                return (DiskFile.Create(path), () => File.ReadAllBytes(path));
            case "handle":
                return (DiskFile.Create(File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite)), () => File.ReadAllBytes(path));
            case "file stream":
                return (DiskFile.Create(new FileStream(path, FileMode.CreateNew)), () => File.ReadAllBytes(path));
            default:
                Stream stream = kind == "memory" ? new MemoryStream() : new OddStream();
                return (DiskFile.Create(stream, leaveOpen: true), () => ((dynamic)stream).ToArray());
        }
    }
}
