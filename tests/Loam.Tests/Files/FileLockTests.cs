using Loam.Files;
using Loam.TestKit;

namespace Loam.Tests.Files;

/// <summary>Locks between processes, taken by several handles of one.</summary>
public sealed class FileLockTests
{
    [Fact]
    public void Shared_ones_go_together_and_exclusive_ones_with_nobody()
    {
        using var folder = new TemporaryFolder();
        using (FileLock.TryAcquire(folder["lock"], LockKind.Shared))
        {
            using var second = FileLock.TryAcquire(folder["lock"], LockKind.Shared);
            Assert.NotNull(second);
            Assert.Null(FileLock.TryAcquire(folder["lock"], LockKind.Exclusive));
        }

        Assert.True(File.Exists(folder["lock"]));
        using (FileLock.TryAcquire(folder["lock"], LockKind.Exclusive))
        {
            Assert.Null(FileLock.TryAcquire(folder["lock"], LockKind.Shared));
        }
    }

    [Fact]
    public async Task A_lock_on_a_file_that_its_holder_removed_is_none()
    {
        // Many take and remove one file at once: two that hold it together would have opened it before the other removed it.
        using var folder = new TemporaryFolder();
        var (holders, most) = (0, 0);
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            await Task.Yield();
            for (var i = 0; i < 300; i++)
            {
                if (FileLock.TryAcquire(folder["lock"], LockKind.Transient) is { } held)
                {
                    most = Math.Max(Volatile.Read(ref most), Interlocked.Increment(ref holders));
                    Thread.SpinWait(200);
                    Interlocked.Decrement(ref holders);
                    held.Dispose();
                }
            }
        });
        Assert.Equal(1, most);
        Assert.False(File.Exists(folder["lock"]));
    }
}
