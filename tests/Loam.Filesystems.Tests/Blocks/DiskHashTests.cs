using System.Security.Cryptography;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

public sealed class DiskHashTests
{
    [Fact]
    public async Task It_is_the_SHA256_of_what_is_read_holes_and_what_is_missing_as_zeros()
    {
        using var folder = new TemporaryFolder();
        var content = new byte[9 << 20];
        using var disk = DiskFile.Create(folder["disk"]);
        foreach (var (block, blocks) in ((int, int)[])[(0, 3), (250, 20), (1000, 300), (2000, 1)])
        {
            var noise = TestImage.Noise(blocks * DiskFile.BlockSize, block);
            noise.CopyTo(content, block * DiskFile.BlockSize);
            disk.Write(block, noise);
        }

        var told = new List<long>();
        foreach (var length in (int[])[content.Length, content.Length - 100_001, 1 << 20, 5000, 1, 0])
        {
            told.Clear();
            var expected = Convert.ToHexStringLower(SHA256.HashData(content.AsSpan(0, length)));
            Assert.Equal(expected, await DiskHash.ComputeAsync(disk, length, told.Add, TestContext.Current.CancellationToken));
            Assert.Equal(length, told.LastOrDefault());
            Assert.Equal(told.Order(), told);
        }

        using var handle = File.OpenHandle(folder["disk"]);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(content)),
            await DiskHash.ComputeAsync(handle, content.Length, cancellationToken: TestContext.Current.CancellationToken));
        Assert.False(handle.IsClosed);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => DiskHash.ComputeAsync(handle, content.Length, null, new CancellationToken(canceled: true)));
        await Assert.ThrowsAsync<ArgumentNullException>(() => DiskHash.ComputeAsync((DiskFile)null!, 1));
        await Assert.ThrowsAsync<ArgumentNullException>(() => DiskHash.ComputeAsync((Microsoft.Win32.SafeHandles.SafeFileHandle)null!, 1));
    }
}
