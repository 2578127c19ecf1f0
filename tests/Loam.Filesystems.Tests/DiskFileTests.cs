using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>A disk's file used from several threads, as it is when it is hashed while it is being synced.</summary>
public sealed class DiskFileTests
{
    [Fact]
    public async Task Flushes_at_once_do_not_wait_for_each_other_for_ever()
    {
        using var folder = new TemporaryFolder();
        using var disk = DiskFile.Create(folder["disk"]);
        disk.Write(0, TestImage.Noise(DiskFile.BlockSize, 1));
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
}
