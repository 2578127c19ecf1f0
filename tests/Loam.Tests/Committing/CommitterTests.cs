using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Tests.Committing;

/// <summary>Images made from disks.</summary>
public sealed class CommitterTests : IDisposable
{
    private readonly LocalStore _local = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _local.Dispose();

    [Fact]
    public async Task Another_entry_point_does_not_get_the_former_one_s_arguments()
    {
        var image = await LoadAsync("application/vnd.oci.image.layer.v1.tar");
        Assert.Null((await CommitAsync(image, "ENTRYPOINT [\"/new\"]")).Cmd);
        Assert.Equal(["/old"], (await CommitAsync(image, "USER app")).Cmd);
        var both = await CommitAsync(image, "CMD [\"-x\"]", "ENTRYPOINT [\"/new\"]");
        Assert.Equal(["/new", "-x"], both.Entrypoint!.Concat(both.Cmd!));
    }

    [Theory]
    [InlineData("application/vnd.docker.image.rootfs.diff.tar", "application/vnd.oci.image.layer.v1.tar")]
    [InlineData("application/vnd.docker.image.rootfs.diff.tar.gzip", "application/vnd.oci.image.layer.v1.tar+gzip")]
    [InlineData("application/vnd.oci.image.layer.v1.tar+zstd", "application/vnd.oci.image.layer.v1.tar+zstd")]
    public async Task The_layers_that_stay_get_the_names_that_an_OCI_manifest_has_for_them(string type, string becomes)
    {
        var image = await LoadAsync(type);
        var made = await CommitAsync(image, new CommitOptions { Layered = true, Base = image.ImageRef });
        Assert.Null(made.Layer);
        Assert.Equal([becomes], made.Layers.Select(layer => layer.MediaType));
    }

    [Fact]
    public async Task What_cannot_be_committed_is_refused()
    {
        var image = await LoadAsync("application/vnd.oci.image.layer.v1.tar");
        var name = ImageReference.Parse("made:1").WithDigest(image.Digest);
        Assert.Same(ErrorCodes.TagInvalid, await FailAsync(() => new Committer(_local.Store).CommitDiskAsync(image.OutputPath, name, null, null, Stop)));
        Assert.Same(ErrorCodes.BaseMissing, await FailAsync(() => CommitAsync(image, new CommitOptions { Layered = true })));
        Assert.Same(ErrorCodes.ConfigChangeInvalid, await FailAsync(() => CommitAsync(image, new CommitOptions { Changes = ["COPY a b"] })));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_local.Store.Paths.StagingFolder));
        Assert.Single(_local.Store.List());
    }

    [Fact]
    public async Task Debugfs_is_not_asked_for_a_disk_whose_latest_changes_it_would_not_see()
    {
        Tools.Require("debugfs");
        var image = await LoadAsync("application/vnd.oci.image.layer.v1.tar");
        var options = new CommitOptions { Debugfs = Tools.Find("debugfs") };
        Assert.NotNull((await CommitAsync(image, options)).Layer);
        Tools.Check("debugfs", "-w", "-R", "feature needs_recovery", image.OutputPath);
        Assert.Same(ErrorCodes.DebugfsFailed, await FailAsync(() => CommitAsync(image, options)));
        Assert.NotNull((await CommitAsync(image, new CommitOptions())).Layer);
    }

    private Task<CommittedImage> CommitAsync(ImageRecord image, CommitOptions options) =>
        new Committer(_local.Store).CommitDiskAsync(image.OutputPath, "made:1", options, null, Stop);

    private async Task<RunConfig> CommitAsync(ImageRecord image, params string[] changes)
    {
        await CommitAsync(image, new CommitOptions { Base = image.ImageRef, Changes = changes });
        return (await new ImageInspector(_local.Store).InspectAsync("made:1", null, Stop)).Config.Config!;
    }

    private static async Task<ErrorCode> FailAsync(Func<Task> work) => (await Assert.ThrowsAsync<LoamException>(work)).Code;

    private async Task<ImageRecord> LoadAsync(string type)
    {
        var tar = new TarAuthor().Directory("./", time: 0).File("a", "1").End();
        var form = type.EndsWith("zstd", StringComparison.Ordinal)
            ? LayerForm.Zstd
            : type.EndsWith("gzip", StringComparison.Ordinal)
            ? LayerForm.Gzip
            : LayerForm.Tar;
        var image = new TestImage { Run = new JsonObject { ["Cmd"] = new JsonArray("/old") } }.AddBlob(TestImage.Compress(tar, form), type, Digest.Sha256(tar));
        return await _local.LoadAsync("app:1", image, disk: true);
    }
}
