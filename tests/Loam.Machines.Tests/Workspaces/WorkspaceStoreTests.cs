using System.Text.Json.Nodes;
using Loam.Files;
using Loam.Filesystems;
using Loam.TestKit;

namespace Loam.Machines.Tests.Workspaces;

/// <summary>Workspaces as they are made, changed, copied from, committed and deleted.</summary>
[Collection(nameof(Alone))]
public sealed class WorkspaceStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ImageStore _images;
    private readonly WorkspaceStore _workspaces;

    public WorkspaceStoreTests()
    {
        _images = ImageStore.Open(_folder["state"]);
        _workspaces = new WorkspaceStore(_images);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_workspace_remembers_its_image_and_what_was_asked_for()
    {
        var image = await LoadAsync();
        var options = new WorkspaceOptions { MemoryMib = 300, Cpus = 2, Env = ["A=1"], Kernel = "/boot/k", Setup = ["true"] };
        await _workspaces.CreateAsync("w", image, options, null, Stop);
        var record = _workspaces.Get("w").Record;
        Assert.Equal((image.ImageRef, image.Digest), (record.Image, record.ImageDigest));
        Assert.Equal(Path.GetFileName(Path.GetDirectoryName(image.OutputPath)), "sha256-" + record.Disk);
        Assert.Equal((300, 2, "/boot/k", false), (record.MemoryMib, record.Cpus, record.Kernel, record.Throwaway));
        Assert.Equal(["A=1"], record.Env);
        Assert.Equal(["true"], record.Setup);
        Assert.Equal(("app", "/srv"), (record.Config.User, record.Config.WorkingDir));
        Assert.Equal(image.SizeBytes, new FileInfo(_workspaces.Get("w").DiskPath).Length);
        Assert.Equal(
            ErrorCodes.WorkspaceExists, (await Assert.ThrowsAsync<LoamException>(() => _workspaces.CreateAsync("w", image, options, null, Stop))).Code);
    }

    [Fact]
    public async Task A_disk_grows_to_the_size_that_was_asked_for_and_never_shrinks()
    {
        var image = await LoadAsync();
        var mebibytes = (int)(image.SizeBytes >> 20);
        var failure = await Assert.ThrowsAsync<LoamException>(() => CreateAsync("small", mebibytes - 1));
        Assert.Same(ErrorCodes.DiskTooSmall, failure.Code);
        Assert.Empty(_workspaces.List());
        await CreateAsync("same", mebibytes);
        await CreateAsync("large", mebibytes + 64);
        Assert.Equal(image.SizeBytes, new FileInfo(_workspaces.Get("same").DiskPath).Length);
        Assert.Equal(image.SizeBytes + (64 << 20), new FileInfo(_workspaces.Get("large").DiskPath).Length);
        using var disk = Ext4Reader.Open(_workspaces.Get("large").DiskPath, null, Stop);
        Assert.True(disk.SizeBytes > image.SizeBytes);

        Task CreateAsync(string name, int size) => _workspaces.CreateAsync(name, image, new WorkspaceOptions { SizeMib = size }, null, Stop);
    }

    [Fact]
    public async Task Nobody_deletes_a_workspace_that_others_read_nor_copies_one_that_runs()
    {
        var image = await LoadAsync();
        await _workspaces.CreateAsync("w", image, null, null, Stop);
        var workspace = _workspaces.Get("w");
        using (workspace.Take(LockKind.Shared))
        {
            Assert.Same(ErrorCodes.WorkspaceInUse, (await Assert.ThrowsAsync<LoamException>(() => _workspaces.DeleteAsync(_workspaces.Get("w"), Stop))).Code);
            await _workspaces.CloneAsync(_workspaces.Get("w"), "copy", null, Stop);
        }

        using (workspace.Take(LockKind.Exclusive))
        {
            Assert.True(_workspaces.Get("w").InUse);
            Assert.Same(
                ErrorCodes.WorkspaceInUse,
                (await Assert.ThrowsAsync<LoamException>(() => _workspaces.CloneAsync(_workspaces.Get("w"), "other", null, Stop))).Code);
            Assert.Same(
                ErrorCodes.WorkspaceInUse,
                Assert.Throws<LoamException>(() => new WorkspaceRunner(_workspaces).CopyOut(_workspaces.Get("w"), "/etc/f", _folder["f"], Stop)).Code);
            var commit = new WorkspaceCommitter(_images).CommitAsync(_workspaces.Get("w"), ImageReference.Parse("made:1"), null, null, Stop);
            Assert.Same(ErrorCodes.WorkspaceInUse, (await Assert.ThrowsAsync<LoamException>(() => commit)).Code);
        }

        Assert.False(_workspaces.Get("w").InUse);
        Assert.Equal(0, new WorkspaceRunner(_workspaces).CopyOut(_workspaces.Get("w"), "/etc/f", _folder["f"], Stop));
        Assert.Equal("content", await File.ReadAllTextAsync(_folder["f"], Stop));
        await _workspaces.DeleteAsync(_workspaces.Get("w"), Stop);
        Assert.Equal(["copy"], _workspaces.List().Select(left => left.Name));
        Assert.Same(ErrorCodes.WorkspaceNotFound, Assert.Throws<LoamException>(() => workspace.Take(LockKind.Shared)).Code);
    }

    [Fact]
    public async Task Whoever_takes_a_workspace_sees_what_others_changed()
    {
        var image = await LoadAsync();
        await _workspaces.CreateAsync("w", image, new WorkspaceOptions { Setup = ["true"] }, null, Stop);
        var (mine, other) = (_workspaces.Get("w"), _workspaces.Get("w"));
        using (other.Take(LockKind.Exclusive))
        {
            other.Update(other.Record with { SetupDone = true });
        }

        Assert.False(mine.Record.SetupDone);
        using (mine.Take(LockKind.Exclusive))
        {
            Assert.True(mine.Record.SetupDone);
        }
    }

    [Fact]
    public async Task What_is_committed_knows_the_image_it_came_from()
    {
        var image = await LoadAsync();
        await _workspaces.CreateAsync("w", image, null, null, Stop);
        var committer = new WorkspaceCommitter(_images);
        var layered = await committer.CommitAsync(_workspaces.Get("w"), ImageReference.Parse("made:1"), new CommitOptions { Layered = true }, null, Stop);
        Assert.Null(layered.Layer);
        var origin = await new ImageInspector(_images).InspectAsync(image.ImageRef, null, Stop);
        var made = await new ImageInspector(_images).InspectAsync("made:1", null, Stop);
        Assert.Equal(origin.Config.RootFs.DiffIds, made.Config.RootFs.DiffIds);
        Assert.Equal("app", made.Config.Config?.User);
    }

    [Fact]
    public async Task Throwaway_workspaces_that_nobody_holds_are_swept()
    {
        var image = await LoadAsync();
        await _workspaces.CreateAsync("w", image, null, null, Stop);
        var (_, held) = await _workspaces.CreateThrowawayAsync("held", image, new WorkspaceOptions(), Stop);
        var (left, released) = await _workspaces.CreateThrowawayAsync("left", image, new WorkspaceOptions(), Stop);
        released.Dispose();
        Assert.True(left.Record.Throwaway);
        Assert.False(File.Exists(left.DiskPath));
        await _workspaces.SweepAsync(Stop);
        Assert.Equal(["held", "w"], _workspaces.List().Select(workspace => workspace.Name));
        held.Dispose();
    }

    [Fact]
    public void A_record_that_cannot_be_read_is_no_missing_workspace()
    {
        Directory.CreateDirectory(_folder["state/workspaces/w"]);
        Assert.Null(_workspaces.Find("w"));
        File.WriteAllText(_folder["state/workspaces/w/workspace.json"], "{");
        Assert.Same(ErrorCodes.StoreDamaged, Assert.Throws<LoamException>(() => _workspaces.Get("w")).Code);
    }

    private async Task<ImageRecord> LoadAsync()
    {
        var image = new TestImage { Run = new JsonObject { ["User"] = "app", ["WorkingDir"] = "/srv" } }
            .Add(new TarAuthor().Directory("etc/").File("etc/f", "content").End());
        using var archive = new MemoryStream(TestArchives.Oci("app:1", image));
        var loaded = await new ArchiveLoader(_images).LoadAsync(
            ArchiveSource.FromStream(archive), new LoadOptions { Disk = new DiskOptions { SizeMib = 8 } }, null, Stop);
        return loaded[0].Names[0];
    }
}
