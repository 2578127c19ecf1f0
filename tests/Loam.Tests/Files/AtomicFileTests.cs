using Loam.Files;
using Loam.TestKit;

namespace Loam.Tests.Files;

/// <summary>Whatever is given its final name is whole, and what fails is told of by that name.</summary>
public sealed class AtomicFileTests
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public void Content_is_on_stable_storage_before_it_has_its_name()
    {
        using var folder = new TemporaryFolder();
        var storage = new StepStorage();
        AtomicFile.Write(folder["file"], "new"u8.ToArray(), storage);
        Assert.Equal("new", File.ReadAllText(folder["file"]));
        Assert.Equal(["write", "sync", "move", "sync folder"], storage.Steps.Select(Verb));
        Assert.Equal("move file", storage.Steps[2]);
        Assert.Equal($"sync folder {Path.GetFileName(folder.Path)}", storage.Steps[3]);
    }

    [Fact]
    public void Folders_are_synced_with_what_names_them_and_change_places_with_what_is_there()
    {
        using var folder = new TemporaryFolder();
        var storage = new StepStorage();
        Directory.CreateDirectory(folder["first"]);
        File.WriteAllText(folder["first/file"], "1");
        AtomicFile.MoveFolder(folder["first"], folder["final"], storage);
        Assert.Equal(["sync folder first", "move folder final", $"sync folder {Path.GetFileName(folder.Path)}"], storage.Steps);
        Directory.CreateDirectory(folder["second"]);
        AtomicFile.MoveFolder(folder["second"], folder["final"], storage);
        Assert.Equal(["sync folder second", "exchange final", $"sync folder {Path.GetFileName(folder.Path)}"], storage.Steps.Skip(3));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["final"]));
        Assert.False(Path.Exists(folder["second"]));
    }

    [Fact]
    public async Task A_step_that_fails_leaves_the_old_or_the_new_and_nothing_else()
    {
        var steps = await StepStorage.FailEachStepAsync(
            storage => Task.FromResult(new Place(storage)),
            place => Task.Run(() => AtomicFile.Write(place.Path, "new"u8.ToArray(), place.Storage, Private)),
            (place, what) =>
            {
                Assert.True(File.ReadAllText(place.Path) is "old" or "new", what);
                Assert.Equal(["file"], Directory.EnumerateFileSystemEntries(place.Folder).Select(Path.GetFileName));
                return Task.CompletedTask;
            });
        Assert.Equal(4, steps.Count);
    }

    [Fact]
    public void A_private_file_is_private_whatever_the_umask()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder["file"], "x"u8.ToArray(), StableStorage.Real, Private | UnixFileMode.GroupWrite);
        Assert.Equal(Private | UnixFileMode.GroupWrite, File.GetUnixFileMode(folder["file"]));
    }

    [Fact]
    public async Task Failures_name_the_target_and_keep_what_they_are()
    {
        using var folder = new TemporaryFolder();
        var target = folder["missing/file"];
        var missing = Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Write(target, "x"u8.ToArray(), StableStorage.Real));
        Assert.Contains($"'{target}'", missing.Message, StringComparison.Ordinal);
        var denied = Assert.Throws<UnauthorizedAccessException>(() => AtomicFile.Write<int>(
            target, StableStorage.Real, path => throw new UnauthorizedAccessException($"{path} is denied")));
        Assert.Equal($"{target} is denied", denied.Message);
        var full = await Assert.ThrowsAsync<IOException>(() => AtomicFile.WriteAsync<int>(
            target, StableStorage.Real, path => throw new IOException($"no space: {path}", 28)));
        Assert.Equal(($"no space: {target}", 28), (full.Message, full.HResult));
        var typed = await Assert.ThrowsAsync<LoamException>(() => AtomicFile.WriteAsync<int>(
            target, StableStorage.Real, path => throw new LoamException(ErrorCodes.Mke2fsFailed, $"{path}: no") { Hint = "h" }));
        Assert.Equal((ErrorCodes.Mke2fsFailed, $"{target}: no", "h"), (typed.Code, typed.Message, typed.Hint));
        var other = await Assert.ThrowsAsync<IOException>(() => AtomicFile.WriteAsync<int>(target, StableStorage.Real, _ => throw new IOException("other")));
        Assert.Equal("other", other.Message);
    }

    [Fact]
    public void Leftovers_of_one_file_go_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["f", "f.tmp", "f.0123abcd.tmp", "f.tmp.0123abcd", "f2.0123abcd.tmp", "f.long.0123abcd.tmp", "f.0123abcd"])
        {
            File.WriteAllText(folder[name], "");
        }

        AtomicFile.RemoveLeftovers(folder["f"]);
        Assert.Equal(
            ["f", "f.0123abcd", "f.long.0123abcd.tmp", "f.tmp.0123abcd", "f2.0123abcd.tmp"],
            Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static string Verb(string step) => step[..step.LastIndexOf(' ')];

    private sealed class Place(StepStorage storage) : IDisposable
    {
        private readonly TemporaryFolder _folder = Filled();

        public StepStorage Storage => storage;

        public string Folder => _folder.Path;

        public string Path => _folder["file"];

        public void Dispose() => _folder.Dispose();

        private static TemporaryFolder Filled()
        {
            var folder = new TemporaryFolder();
            File.WriteAllText(folder["file"], "old");
            return folder;
        }
    }
}
