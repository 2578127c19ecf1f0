using Loam;
using Loam.Filesystems;

// Makes an image of a folder, by way of a disk, and pushes it to a registry:
//
//     CommitAndPush rootfs registry.example/team/app:1
//
// A disk that a machine has changed becomes an image in the same way; with CommitOptions.Layered and Base, only what changed becomes
// a new layer. Log in with `loam registry login`, podman or docker; registries on this host may use plain HTTP.
if (args is not [var folder, var image])
{
    Console.Error.WriteLine("usage: CommitAndPush FOLDER IMAGE");
    return 2;
}

var work = Directory.CreateTempSubdirectory("commit-and-push-");
try
{
    var disk = Path.Combine(work.FullName, "root.ext4");
    Ext4Image.FromFolder(folder, disk, folderOptions: new FolderReadOptions { OwnedByRoot = true });

    using var loam = LoamClient.Open();
    var committed = await loam.Committer.CommitDiskAsync(disk, image, new CommitOptions
    {
        Message = $"made from {Path.GetFileName(folder)}",
        Changes = ["ENV PATH=/bin:/usr/bin", "CMD [\"/bin/sh\"]", "LABEL org.example.sample=CommitAndPush"],
    });
    foreach (var warning in committed.Warnings)
    {
        Console.Error.WriteLine($"warning: {warning}");
    }

    var pushed = await loam.Pusher.PushAsync(image);
    Console.WriteLine($"{pushed.Destination.WithDigest(pushed.Digest)}: {pushed.Uploaded} blobs, {pushed.UploadedBytes} bytes sent");
    return 0;
}
catch (LoamException e)
{
    Console.Error.WriteLine($"{e.Code}: {e.Message}. {e.Hint}");
    return 1;
}
catch (Exception e) when (e is FilesystemException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
finally
{
    work.Delete(recursive: true);
}
