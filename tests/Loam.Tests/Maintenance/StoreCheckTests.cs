using Loam.TestKit;

namespace Loam.Tests.Maintenance;

/// <summary>What is wrong with a store, and what can be done about it.</summary>
public sealed class StoreCheckTests : IDisposable
{
    private readonly LocalStore _local = new();
    private readonly TestImage _image = new TestImage().Add(new TarAuthor().File("a", TestImage.Noise(3000, 1)).End());

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Digest Layer => Digest.Sha256(_image.Blobs.First());

    public void Dispose() => _local.Dispose();

    [Fact]
    public async Task A_whole_store_has_no_problems()
    {
        var image = await _local.LoadAsync("app:1", _image, disk: true);
        var report = await CheckAsync();
        Assert.Equal((1, 3, 1, 0), (report.Images, report.Blobs, report.Disks, report.Problems.Count));
        Assert.Equal(image.SizeBytes + _image.Blobs.Sum(blob => blob.Length), report.BytesRead);
    }

    [Fact]
    public async Task A_disk_with_one_wrong_byte_is_found()
    {
        var image = await _local.LoadAsync("app:1", _image, disk: true);
        using (var disk = File.OpenHandle(image.OutputPath, FileMode.Open, FileAccess.Write))
        {
            RandomAccess.Write(disk, [1], image.SizeBytes - 1);
        }

        var problem = Assert.Single((await CheckAsync()).Problems);
        Assert.Equal((ProblemKind.DiskDamaged, Path.GetDirectoryName(image.OutputPath)), (problem.Kind, problem.Name));
        Assert.Equal([image.ImageRef], problem.Images);
    }

    [Fact]
    public async Task Blobs_that_are_damaged_missing_or_none_are_told_apart()
    {
        var image = await _local.LoadAsync("app:1", _image);
        File.Delete(_local.Store.Paths.Blob(Digest.Sha256(_image.Config)));
        _local.Damage(Layer);
        var stray = Path.Combine(_local.Store.Paths.Blobs("sha256"), "stray");
        File.WriteAllText(stray, "x");
        var problems = (await CheckAsync()).Problems;
        Assert.Equal(
            [(ProblemKind.BlobDamaged, Layer.ToString()), (ProblemKind.BlobMissing, Digest.Sha256(_image.Config).ToString()), (ProblemKind.UnknownFile, stray)],
            problems.Select(problem => (problem.Kind, problem.Name)));
        Assert.Equal([image.ImageRef], problems[0].Images);
        Assert.Equal([image.ImageRef], problems[1].Images);
    }

    [Fact]
    public async Task A_disk_that_a_name_leads_to_and_is_not_there_is_missing()
    {
        var image = await _local.LoadAsync("app:1", _image, disk: true);
        Directory.Delete(Path.GetDirectoryName(image.OutputPath)!, recursive: true);
        var problem = Assert.Single((await CheckAsync()).Problems);
        Assert.Equal((ProblemKind.DiskMissing, image.OutputPath), (problem.Kind, problem.Name));
    }

    [Fact]
    public async Task What_is_put_aside_never_takes_the_place_of_what_was_put_aside_before()
    {
        await _local.LoadAsync("app:1", _image);
        var stray = Path.Combine(_local.Store.Paths.Blobs("sha256"), "stray");
        var aside = new List<string>();
        for (var time = 1; time <= 3; time++)
        {
            await File.WriteAllTextAsync(stray, $"{time}", Stop);
            var problem = Assert.Single((await new StoreCheck(_local.Store).RepairAsync(null, Stop)).Problems);
            Assert.True(problem.Mended);
            Assert.False(File.Exists(stray));
            aside.Add(problem.QuarantinedTo!);
        }

        Assert.Equal(["1", "2", "3"], aside.Select(File.ReadAllText));
    }

    [Fact]
    public async Task A_damaged_blob_is_fetched_again_from_where_its_image_came()
    {
        await using var registry = InProcessRegistry.Start();
        _image.Push(registry, "app", "1");
        using var client = new RegistryClient(new RegistryOptions { RetryDelay = TimeSpan.FromMilliseconds(1) });
        await new ImagePuller(_local.Store, client).PullAsync($"{registry.Host}/app:1", new PullOptions { DiskSource = DiskSource.None }, null, Stop);
        _local.Damage(Layer);
        var alone = await new StoreCheck(_local.Store).RepairAsync(null, Stop);
        Assert.False(alone.IsWhole);
        var report = await new StoreCheck(_local.Store, client).RepairAsync(null, Stop);
        Assert.True(report.IsWhole);
        Assert.Empty((await CheckAsync()).Problems);
    }

    [Fact]
    public async Task Names_that_cannot_be_read_are_made_again_from_the_disks()
    {
        var image = await _local.LoadAsync("app:1", _image, disk: true);
        await File.WriteAllTextAsync(_local.Store.Paths.Index, "{", Stop);
        Assert.Equal(ProblemKind.IndexDamaged, Assert.Single((await CheckAsync()).Problems).Kind);
        Assert.True((await new StoreCheck(_local.Store).RepairAsync(null, Stop)).IsWhole);
        Assert.Equal((image.ImageRef, image.Digest), (_local.Store.List()[0].ImageRef, _local.Store.List()[0].Digest));
    }

    private Task<StoreCheckReport> CheckAsync() => new StoreCheck(_local.Store).CheckAsync(null, Stop);
}
