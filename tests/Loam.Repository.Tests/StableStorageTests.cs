namespace Loam.Repository.Tests;

/// <summary>Everything that is published goes through <c>StableStorage</c>, so that a test can make each of its steps fail:
/// whoever adds a writer goes through it too, or says here why not.</summary>
public sealed class StableStorageTests
{
    private static readonly Dictionary<string, string> Exceptions = new(StringComparer.Ordinal)
    {
        ["Loam/Files/StableStorage.cs Write: File.WriteAllBytes"] = "the storage itself",
        ["Loam/Files/StableStorage.cs Write: FileStream"] = "the storage itself",
        ["Loam/Files/StableStorage.cs Sync: File.OpenHandle"] = "the storage itself",
        ["Loam/Files/StableStorage.cs Sync: RandomAccess.FlushToDisk"] = "the storage itself",
        ["Loam/Files/StableStorage.cs SyncFolder: Libc.SyncDirectory"] = "the storage itself",
        ["Loam/Files/StableStorage.cs Move: File.Move"] = "the storage itself",
        ["Loam/Files/StableStorage.cs MoveFolder: Directory.Move"] = "the storage itself",
        ["Loam/Files/StableStorage.cs Exchange: Libc.Exchange"] = "the storage itself",
        ["Loam.Filesystems/Blocks/DiskFile.cs Create: File.OpenHandle"] = "a disk in the making; who publishes it syncs it",
        ["Loam.Filesystems/Blocks/DiskFile.cs Create: DiskFile.Create"] = "a disk in the making; who publishes it syncs it",
        ["Loam.Filesystems/Blocks/DiskStorage.cs Sync: RandomAccess.FlushToDisk"] = "of the package for other programs; Loam syncs by its storage",
        ["Loam.Filesystems/Blocks/DiskCopy.cs Make: File.OpenHandle"] = "a disk in the making; who publishes it syncs it",
        ["Loam.Filesystems/Blocks/DiskCopy.cs Make: RandomAccess.FlushToDisk"] = "of the package for other programs; Loam syncs by its storage",
        ["Loam.Filesystems/Ext4/Ext4Image.cs FromFolder: DiskFile.Create"] = "of the package for other programs, which knows no StableStorage",
        ["Loam.Filesystems/Ext4/Ext4Image.cs FromFolder: DiskFile.Sync"] = "of the package for other programs, which knows no StableStorage",
        ["Loam.Filesystems/Ext4/Ext4Image.cs FromFolder: File.Move"] = "of the package for other programs, which knows no StableStorage",
        ["Loam.Filesystems/Ext4/Resizing/Ext4Grow.cs Grow: File.OpenHandle"] = "a disk in the making; who publishes it syncs it",
        ["Loam/Disks/DiskBuilder.cs BuildAsync: DiskFile.Create"] = "a disk in the making, synced when it is whole",
        ["Loam/DiskTransfer/DiskFetch.cs WriteAsync: File.OpenHandle"] = "a disk in the making, synced when it is whole",
        ["Loam/Pulling/ArrivingBlob.cs FetchAsync: File.OpenHandle"] = "a blob that arrives; publishing syncs it",
        ["Loam/Archives/ArchiveStaging.cs Add: File.OpenHandle"] = "a file of an archive; publishing syncs it",
        ["Loam/Archives/ArchiveSaver.cs SaveAsync: FileStream"] = "the temporary file that AtomicFile gave, or a pipe of the user's",
        ["Loam/Rootfs/RootDisk.cs Export: FileStream"] = "the temporary file that AtomicFile gave",
        ["Loam/Committing/Committer.cs WriteLayer: FileStream"] = "a layer in the making; publishing syncs it",
        ["Loam.Machines/Workspaces/WorkspaceStore.cs CreateAsync: DiskCopy.Make"] = "a disk in the making, synced when it is whole",
        ["Loam.Machines/Workspaces/WorkspaceRunner.cs CopyInAsync: FileStream"] = "a temporary archive for the guest; never published",
        ["Loam.Machines/Machine/VirtualMachine.cs Order: File.OpenHandle"] = "a pipe to the guest",
        ["Loam.Machines/Machine/VirtualMachine.cs Order: FileStream"] = "a pipe to the guest",
        ["Loam.Machines/Machine/Accelerator.cs TryAsync: File.OpenHandle"] = "the device /dev/kvm",
        ["Loam.Machines/Diagnosis/Doctor.cs CheckFileSystem: File.OpenHandle"] = "tries out the file system; never published",
        ["Loam.Machines/Diagnosis/Doctor.cs CheckFileSystem: DiskCopy.Make"] = "tries out the file system; never published",
    };

    [Fact]
    public void Whoever_writes_goes_through_it_or_says_why_not()
    {
        var added = House.AsItStands.Writes.Distinct(StringComparer.Ordinal).Except(Exceptions.Keys, StringComparer.Ordinal).ToList();
        Assert.True(added.Count == 0, $"write past StableStorage:\n{string.Join('\n', added)}");
        var gone = Exceptions.Keys.Except(House.AsItStands.Writes, StringComparer.Ordinal).ToList();
        Assert.True(gone.Count == 0, $"do not exist:\n{string.Join('\n', gone)}");
    }

    [Fact]
    public void A_writer_that_is_added_is_found()
    {
        var house = House.Compile(("Loam/Store/Planted.cs", """
            namespace Loam.Store;
            internal static class Planted
            {
                public static void Text(string path) => System.IO.File.WriteAllText(path, "x");
                public static void Move(string path) => new FileInfo(path).MoveTo(path + "2");
                public static void Stream(string path) { using FileStream file = new(path, FileMode.Create); }
                public static void Handle(string path) { using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite); }
                public static void Reads(string path)
                {
                    using var file = File.OpenHandle(path);
                    using var other = new FileStream(path, FileMode.Open, FileAccess.Read);
                }
                public static void Folder(string path) => Loam.Files.Libc.SyncDirectory(path);
            }
            """));
        Assert.Empty(house.Errors);
        Assert.Equal(
            ["Folder: Libc.SyncDirectory", "Handle: File.OpenHandle", "Move: FileInfo.MoveTo", "Stream: FileStream", "Text: File.WriteAllText"],
            house.Writes.Where(write => write.StartsWith("Loam/Store/Planted.cs ", StringComparison.Ordinal))
                .Select(write => write["Loam/Store/Planted.cs ".Length..]).Order(StringComparer.Ordinal));
    }
}
