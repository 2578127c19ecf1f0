using Loam.TestKit;

namespace Loam.Tests.Store;

/// <summary>What is removed and what is kept: whatever a name or a workspace leads to, by any way, stays.</summary>
public sealed class RemovalTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly LocalStore _local = new(new ImpatientTime(Now));
    private readonly TestImage _image = new TestImage().Add(new TarAuthor().File("a", TestImage.Noise(3000, 1)).End());

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _local.Dispose();

    [Theory]
    [InlineData("sha256-KEY")]
    [InlineData("KEY")]
    [InlineData("STATE/sha256-KEY/rootfs.ext4")]
    public async Task A_disk_that_only_a_workspace_leads_to_stays_with_its_blobs(string form)
    {
        var image = await _local.LoadAsync("app:1", _image, disk: true);
        Use(image, null, form);
        await _local.Store.DeleteAsync("app:1", new DeleteOptions(), Stop);
        var report = await _local.Store.PruneAsync(new PruneOptions { Free = true }, Stop);
        Assert.Empty(report.Freed);
        Assert.Equal(Path.GetFileName(Path.GetDirectoryName(image.OutputPath)), Assert.Single(report.Kept).Name);
        Assert.True(File.Exists(image.OutputPath));
        Assert.All(_image.Blobs, blob => Assert.True(_local.Store.HasBlob(Digest.Sha256(blob))));
        Directory.Delete(Path.Combine(_local.Store.Root, "workspaces"), recursive: true);
        report = await _local.Store.PruneAsync(new PruneOptions { Free = true }, Stop);
        Assert.Equal([FreedKind.Disk, FreedKind.Blob, FreedKind.Blob, FreedKind.Blob], report.Freed.Select(item => item.Kind));
        Assert.False(File.Exists(image.OutputPath));
    }

    [Theory]
    [InlineData("app:1", null)]
    [InlineData("other:1", "sha256-KEY")]
    public async Task An_image_that_a_workspace_uses_by_name_or_disk_goes_by_force_only(string name, string? disk)
    {
        var image = await _local.LoadAsync("app:1", _image, disk: true);
        Use(image, name, disk);
        var failure = await Assert.ThrowsAsync<LoamException>(() => _local.Store.DeleteAsync("app:1", new DeleteOptions { Free = true }, Stop));
        Assert.Same(ErrorCodes.ImageInUse, failure.Code);
        Assert.Contains("w", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await _local.Store.DeleteAsync("app:1", new DeleteOptions { Free = true, Force = true }, Stop)).Freed.Select(item => item.Kind)
            .Distinct().Count());
        Assert.False(File.Exists(image.OutputPath));
    }

    [Fact]
    public async Task What_two_images_share_goes_with_the_second()
    {
        await _local.LoadAsync("app:1", _image);
        var layer = Digest.Sha256(_image.Blobs.First());
        await _local.LoadAsync(
            "app:2", new TestImage().Add(new TarAuthor().File("a", TestImage.Noise(3000, 1)).End()).Add(new TarAuthor().File("b", "2").End()));
        var first = await _local.Store.DeleteAsync("app:1", new DeleteOptions { Free = true }, Stop);
        Assert.Equal(2, first.Freed.Count);
        Assert.True(_local.Store.HasBlob(layer));
        await _local.Store.DeleteAsync("app:2", new DeleteOptions { Free = true }, Stop);
        Assert.False(_local.Store.HasBlob(layer));
    }

    [Fact]
    public async Task A_prune_by_age_takes_what_was_not_used_for_longer()
    {
        await _local.LoadAsync("old:1", _image, disk: true);
        var young = await _local.LoadAsync("young:1", new TestImage().Add(new TarAuthor().File("b", "2").End()), disk: true);
        File.SetLastWriteTimeUtc(_local.Store.Get("old:1").OutputPath, Now.UtcDateTime.AddDays(-8));
        File.SetLastWriteTimeUtc(young.OutputPath, Now.UtcDateTime.AddDays(-6));
        var options = new PruneOptions { Free = true, OlderThan = TimeSpan.FromDays(7), DryRun = true };
        Assert.Equal(["docker.io/library/old:1"], (await _local.Store.PruneAsync(options, Stop)).Removed.Select(image => image.ImageRef));
        Assert.Equal(2, _local.Store.List().Count);
        await _local.Store.PruneAsync(options with { DryRun = false }, Stop);
        Assert.Equal([young.ImageRef], _local.Store.List().Select(image => image.ImageRef));
    }

    [Fact]
    public async Task What_somebody_works_on_is_not_garbage()
    {
        using var slot = await _local.Store.Staging.ReserveAsync("sha256-x", Stop);
        await File.WriteAllTextAsync(slot.Part, "partial", Stop);
        await File.WriteAllTextAsync(Path.Combine(_local.Store.Paths.StagingFolder, "sha256-y.part"), "partial", Stop);
        var report = await _local.Store.PruneAsync(new PruneOptions { DryRun = true }, Stop);
        Assert.EndsWith("sha256-y.part", Assert.Single(report.Freed).Name, StringComparison.Ordinal);
        _local.Store.Staging.Sweep(keepPartialBlobs: true);
        Assert.True(File.Exists(Path.Combine(_local.Store.Paths.StagingFolder, "sha256-y.part")));
        _local.Store.Staging.Sweep(keepPartialBlobs: false);
        Assert.True(File.Exists(slot.Part));
        Assert.False(File.Exists(Path.Combine(_local.Store.Paths.StagingFolder, "sha256-y.part")));
    }

    private void Use(ImageRecord image, string? name, string? disk)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_local.Store.Root, "workspaces", "w")).FullName;
        var key = Path.GetFileName(Path.GetDirectoryName(image.OutputPath)!)["sha256-".Length..];
        var led = disk?.Replace("KEY", key, StringComparison.Ordinal).Replace("STATE", Path.Combine(_local.Store.Root, "images"), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "workspace.json"), $$"""{"image":{{Quote(name)}},"disk":{{Quote(led)}}}""");
    }

    private static string Quote(string? text) => text is null ? "null" : $"\"{text}\"";
}
