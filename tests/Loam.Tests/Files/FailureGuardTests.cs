using System.ComponentModel;
using Loam.Files;
using Loam.Filesystems;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>What becomes of what the host's file system and disks' file systems throw.</summary>
public sealed class FailureGuardTests
{
    public static TheoryData<Exception, string> HostFailures => new()
    {
        { new IOException("No space left on device", 28), "disk_full" },
        { new IOException("Disk quota exceeded", 122), "disk_full" },
        { new IOException("write", new Win32Exception(28)), "disk_full" },
        { new IOException("Read-only file system", 30), "store_read_only" },
        { new UnauthorizedAccessException(), "store_read_only" },
        { new UnauthorizedAccessException("denied", new IOException("Read-only file system", 30)), "store_read_only" },
        { new IOException("Input/output error", 5), "io" },
        { new FileNotFoundException("gone"), "io" },
        { new IOException("Broken pipe", 32), "io" },
    };

    [Theory]
    [MemberData(nameof(HostFailures))]
    public async Task A_failure_of_the_host_says_what_it_means(Exception failure, string code)
    {
        foreach (var folder in (string?[])[null, "/"])
        {
            var error = Assert.Throws<LoamException>(() => FailureGuard.ForStore(folder).Run<int>(() => throw failure));
            Assert.Equal(code, error.Code.Name);
            Assert.Same(failure, error.InnerException);
            Assert.EndsWith(failure.Message, error.Message, StringComparison.Ordinal);
            Assert.Equal(folder is not null, error.Message.StartsWith("state folder / cannot be used: ", StringComparison.Ordinal));
            Assert.Equal(code, (await Assert.ThrowsAsync<LoamException>(() => FailureGuard.ForStore(folder).RunAsync<int>(() => throw failure))).Code.Name);
        }
    }

    [Fact]
    public void Whoever_stopped_reading_is_named_in_the_hint()
    {
        var broken = IoFailure.Translate(new IOException("Broken pipe", 32), null);
        Assert.NotEqual(ErrorCodes.Io.Hint, broken.Hint);
        Assert.Equal(ErrorCodes.Io.Hint, IoFailure.Translate(new IOException("Input/output error", 5), null).Hint);
    }

    [Fact]
    public void A_folder_of_another_user_is_named_as_such()
    {
        using var folder = new TemporaryFolder();
        var foreign = "/root";
        if (Environment.IsPrivilegedProcess)
        {
            foreign = Directory.CreateDirectory(folder["foreign"]).FullName;
            Tools.Check("chown", "1234", foreign);
        }

        foreach (var path in (string[])[foreign, Path.Combine(foreign, "not", "there")])
        {
            var error = IoFailure.Translate(new UnauthorizedAccessException(), path);
            Assert.Equal(ErrorCodes.StoreForeign, error.Code);
            Assert.Contains($"it belongs to user {(Environment.IsPrivilegedProcess ? 1234 : 0)}", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(ErrorCodes.StoreReadOnly, IoFailure.Translate(new UnauthorizedAccessException(), folder.Path).Code);
    }

    [Theory]
    [InlineData(FilesystemError.NotExt4, "disk_not_ext4")]
    [InlineData(FilesystemError.UnsupportedFeature, "disk_unsupported")]
    [InlineData(FilesystemError.LimitExceeded, "disk_limit_exceeded")]
    [InlineData(FilesystemError.Damaged, "disk_damaged")]
    public void A_failure_of_a_disk_says_what_it_means_and_where(FilesystemError kind, string code)
    {
        var failure = new FilesystemException(kind, "why") { Inode = 12, Block = 34 };
        var error = Assert.Throws<LoamException>(() => FailureGuard.ForDisk("d.ext4").Run<int>(() => throw failure));
        Assert.Equal((code, "disk d.ext4: why"), (error.Code.Name, error.Message));
        Assert.Equal(["d.ext4", "12", "34"], ((string[])["disk", "inode", "block"]).Select(key => error.Details[key]));
        var nowhere = Assert.Throws<LoamException>(() => FailureGuard.ForStore("/").WithDisk("d").Run<int>(() => throw new FilesystemException(kind, "why")));
        Assert.Equal(["disk"], nowhere.Details.Keys);
        var host = Assert.Throws<LoamException>(() => FailureGuard.ForStore("/").WithDisk("d").Run<int>(() => throw new IOException("full", 28)));
        Assert.Equal(ErrorCodes.DiskFull, host.Code);
    }

    [Fact]
    public void A_disk_that_cannot_be_opened_is_named()
    {
        var error = Assert.Throws<LoamException>(() => FailureGuard.ForDisk("d.ext4").Run(() => File.ReadAllBytes("/nonexistent/d.ext4")));
        Assert.Equal(ErrorCodes.Io, error.Code);
        Assert.StartsWith("disk d.ext4 cannot be read: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_translated_passes_as_it_is()
    {
        Exception[] others = [new LoamException(ErrorCodes.Io, "known"), new OperationCanceledException(), new InvalidOperationException()];
        foreach (var other in others)
        {
            Assert.Same(other, Record.Exception(() => FailureGuard.ForDisk("d").Run<int>(() => throw other)));
            Assert.Same(other, await Record.ExceptionAsync(() => FailureGuard.ForDisk("d").RunAsync<int>(() => throw other)));
        }

        var inDisk = new FilesystemException(FilesystemError.Damaged, "why");
        Assert.Same(inDisk, Record.Exception(() => FailureGuard.ForStore("/").Run<int>(() => throw inDisk)));
        var onHost = new IOException("why");
        Assert.Same(onHost, Record.Exception(() => new FailureGuard(host: null, disk: null).Run<int>(() => throw onHost)));
        Assert.Equal(5, FailureGuard.ForStore("/").Run(() => 5));
        Assert.Equal(5, await FailureGuard.ForStore("/").RunAsync(() => Task.FromResult(5)));
    }
}
