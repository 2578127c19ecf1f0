using System.Text;
using Loam.Files;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Locks, names that are set in one step, and what Linux says of files.</summary>
public sealed class FileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_holds_a_lock_alone_and_many_share_one()
    {
        using (FileLock.TryAcquire(_folder["l"], LockKind.Exclusive))
        {
            Assert.Null(FileLock.TryAcquire(_folder["l"], LockKind.Exclusive));
            Assert.Null(FileLock.TryAcquire(_folder["l"], LockKind.Shared));
        }

        using var first = FileLock.TryAcquire(_folder["l"], LockKind.Shared);
        using var second = FileLock.TryAcquire(_folder["l"], LockKind.Shared);
        Assert.NotNull(second);
        Assert.Null(FileLock.TryAcquire(_folder["l"], LockKind.Exclusive));
        Assert.True(File.Exists(_folder["l"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["l"]));
    }

    [Fact]
    public void A_transient_locks_file_goes_with_it()
    {
        FileLock.TryAcquire(_folder["l"], LockKind.Transient)!.Dispose();
        Assert.False(File.Exists(_folder["l"]));
    }

    [Fact]
    public async Task A_lock_on_a_file_that_was_removed_meanwhile_excludes_nobody()
    {
        // Many take it in turn and remove it; never are two inside at once.
        var (inside, most) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                FileLock? taken;
                while ((taken = FileLock.TryAcquire(_folder["l"], LockKind.Transient)) is null)
                {
                    await Task.Yield();
                }

                using (taken)
                {
                    most = Math.Max(most, Interlocked.Increment(ref inside));
                    Interlocked.Decrement(ref inside);
                }
            }
        }, Token)));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task Whoever_waits_for_long_is_told_once_and_can_be_cancelled()
    {
        var waits = new List<StoreWait>();
        using var stop = new CancellationTokenSource();
        var held = FileLock.TryAcquire(_folder["l"], LockKind.Exclusive)!;
        var cancelled = FileLock.AcquireAsync(_folder["l"], LockKind.Shared, stop.Token);
        var waiting = FileLock.AcquireAsync(_folder["l"], LockKind.Shared, Token, new Listener(waits));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        for (var i = 0; i < 400 && waits.Count == 0; i++)
        {
            await Task.Delay(10, Token);
        }

        Assert.Equal([new StoreWait(_folder["l"])], waits);
        Assert.False(waiting.IsCompleted);
        held.Dispose();
        (await waiting).Dispose();
        Assert.Single(waits);
    }

    [Fact]
    public void A_file_gets_its_name_in_one_step()
    {
        File.WriteAllText(_folder["final"], "old");
        AtomicFile.Write(_folder["tmp"], _folder["final"], "new"u8, StableStorage.Real);
        Assert.Equal("new", File.ReadAllText(_folder["final"]));
        Assert.False(File.Exists(_folder["tmp"]));
    }

    [Fact]
    public void Every_step_of_publishing_happens_in_its_order()
    {
        var storage = new Recorder();
        Directory.CreateDirectory(_folder["d"]);
        AtomicFile.Write(_folder["tmp"], _folder["d/final"], "x"u8, storage);
        Assert.Equal(["write tmp", "sync tmp", "move tmp final", "sync folder d"], storage.Steps);
        storage.Steps.Clear();
        Directory.CreateDirectory(_folder["new"]);
        AtomicFile.MoveFolder(_folder["new"], _folder["d/folder"], storage);
        Assert.Equal(["sync folder new", "move folder new folder", "sync folder d"], storage.Steps);
        storage.Steps.Clear();
        Directory.CreateDirectory(_folder["newer"]);
        File.WriteAllText(_folder["newer/mark"], "");
        AtomicFile.MoveFolder(_folder["newer"], _folder["d/folder"], storage);
        Assert.Equal(["sync folder newer", "exchange newer folder", "sync folder d"], storage.Steps);
        Assert.True(File.Exists(_folder["d/folder/mark"]));
        Assert.False(Directory.Exists(_folder["newer"]));
    }

    [Fact]
    public void What_cannot_be_synced_is_removed()
    {
        File.WriteAllText(_folder["tmp"], "x");
        Assert.Throws<IOException>(() => AtomicFile.Move(_folder["tmp"], _folder["final"], new Recorder { FailSync = true }));
        Assert.False(File.Exists(_folder["tmp"]) || File.Exists(_folder["final"]));
    }

    [Fact]
    public void The_kernel_tells_of_files()
    {
        File.WriteAllText(_folder["f"], "12345");
        File.SetLastWriteTimeUtc(_folder["f"], new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        File.CreateSymbolicLink(_folder["link"], "f");
        var status = Libc.Status(_folder["link"])!.Value;
        Assert.Equal((5L, Libc.EffectiveUser(), new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero)), (status.Size, status.Owner, status.Modified));
        Assert.Equal(long.Parse(Tools.Check("stat", "-c", "%b", _folder["f"]), System.Globalization.CultureInfo.InvariantCulture) * 512, status.Allocated);
        using var directory = Libc.OpenDirectory(_folder.Path);
        Assert.Equal(status, Libc.Status(directory, "f"));
        Assert.Null(Libc.Status(_folder["none"]));
        Assert.Null(Libc.Status(_folder["f/below"]));
        Assert.Null(Libc.Status(directory, "none"));
        Assert.Throws<IOException>(() => Libc.OpenDirectory(_folder["f"]));
    }

    [Fact]
    public void Only_regular_files_are_opened_as_such_and_pipes_keep_nobody_waiting()
    {
        File.WriteAllText(_folder["f"], "");
        Libc.MakePipe(_folder["pipe"]);
        Assert.True(Libc.IsRegular(_folder["f"]));
        Assert.False(Libc.IsRegular(_folder["pipe"]));
        Assert.False(Libc.IsRegular("/dev/null"));
        Assert.False(Libc.IsRegular(_folder.Path));
        Assert.Throws<IOException>(() => Libc.IsRegular(_folder["none"]));
        Assert.Throws<IOException>(() => Libc.MakePipe(_folder["pipe"]));
    }

    [Fact]
    public void A_pipe_is_read_when_something_has_come()
    {
        Libc.MakePipe(_folder["pipe"]);
        using var both = new FileStream(_folder["pipe"], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        Assert.False(Libc.WaitReadable(both.SafeFileHandle, TimeSpan.FromMilliseconds(10)));
        both.Write("abc"u8);
        both.Flush();
        Assert.True(Libc.WaitReadable(both.SafeFileHandle, TimeSpan.FromSeconds(10)));
        var buffer = new byte[10];
        Assert.Equal(3, Libc.Read(both.SafeFileHandle, buffer));
        Assert.Equal("abc", Encoding.ASCII.GetString(buffer, 0, 3));
    }

    [Fact]
    public void Names_change_places()
    {
        File.WriteAllText(_folder["a"], "1");
        Directory.CreateDirectory(_folder["b"]);
        Libc.Exchange(_folder["a"], _folder["b"]);
        Assert.True(Directory.Exists(_folder["a"]));
        Assert.Equal("1", File.ReadAllText(_folder["b"]));
        Assert.Throws<IOException>(() => Libc.Exchange(_folder["a"], _folder["none"]));
        Libc.SyncDirectory(_folder["a"]);
        Assert.Throws<IOException>(() => Libc.SyncDirectory(_folder["none"]));
    }

    [Fact]
    public void A_lock_can_be_left_to_the_programs_that_are_started()
    {
        using (var held = FileLock.TryAcquire(_folder["l"], LockKind.Exclusive)!)
        {
            held.SetInherited(true);
            using var heir = System.Diagnostics.Process.Start("sleep", "30");
            held.SetInherited(false);
            held.Dispose();
            try
            {
                Assert.Null(FileLock.TryAcquire(_folder["l"], LockKind.Exclusive));
            }
            finally
            {
                heir.Kill();
                heir.WaitForExit();
            }
        }

        using var free = FileLock.TryAcquire(_folder["l"], LockKind.Exclusive);
        Assert.NotNull(free);
    }

    [Fact]
    public void Everything_stands_where_docs_store_says()
    {
        var paths = new StatePaths("/s");
        var digest = Digest.Sha256([]);
        Assert.Equal(
            [
                "/s/auth.json", "/s/config.json", "/s/images/oci", "/s/images/oci/oci-layout", "/s/images/oci/index.json", "/s/images/ingest",
                "/s/images/store.lock", "/s/images/store.gate", "/s/images/quarantine", "/s/workspaces", $"/s/images/oci/blobs/sha256/{digest.Hex}",
                "/s/images/x",
            ],
            [
                paths.Credentials, paths.Configuration, paths.Layout, paths.LayoutMarker, paths.Index, paths.StagingFolder, paths.StoreLock,
                paths.StoreGate, paths.Quarantine, paths.Workspaces, paths.Blob(digest), paths.Disk("x"),
            ]);
        Assert.Equal($"sha256-{digest.Hex}", StatePaths.Stem(digest));
    }

    private sealed class Listener(List<StoreWait> waits) : IProgress<StoreWait>
    {
        public void Report(StoreWait value) => waits.Add(value);
    }

    private sealed class Recorder : StableStorage
    {
        public List<string> Steps { get; } = [];

        public bool FailSync { get; init; }

        public override void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null)
        {
            Steps.Add($"write {Path.GetFileName(path)}");
            base.Write(path, content, mode);
        }

        public override void Sync(string path)
        {
            if (FailSync)
            {
                throw new IOException("fsync");
            }

            Steps.Add($"sync {Path.GetFileName(path)}");
            base.Sync(path);
        }

        public override void SyncFolder(string path)
        {
            Steps.Add($"sync folder {Path.GetFileName(path)}");
            base.SyncFolder(path);
        }

        public override void Move(string from, string to)
        {
            Steps.Add($"move {Path.GetFileName(from)} {Path.GetFileName(to)}");
            base.Move(from, to);
        }

        public override void MoveFolder(string from, string to)
        {
            Steps.Add($"move folder {Path.GetFileName(from)} {Path.GetFileName(to)}");
            base.MoveFolder(from, to);
        }

        public override void Exchange(string left, string right)
        {
            Steps.Add($"exchange {Path.GetFileName(left)} {Path.GetFileName(right)}");
            base.Exchange(left, right);
        }
    }
}
