namespace Loam.Archives;

/// <summary>What images an archive holds, whatever kind of archive it is.</summary>
internal static class ArchiveImages
{
    /// <summary>Finds the images that are wanted. An archive that is both an OCI layout and a docker-archive is read as
    /// the former, which keeps its digests.</summary>
    /// <exception cref="LoamException">The archive is of no known kind, contradicts itself, or lacks something.</exception>
    public static IReadOnlyList<ArchiveImage> Read(ArchiveFiles files, PlatformSelection platforms, CancellationToken cancellationToken)
    {
        var images = OciArchive.Is(files) ? new OciArchive(files, platforms).Read()
            : DockerArchive.Is(files) ? new DockerArchive(files, platforms, cancellationToken).Read()
            : FirstDockerArchive.Is(files) ? new FirstDockerArchive(files, new DockerArchive(files, platforms, cancellationToken)).Read()
            : throw new LoamException(ErrorCodes.ArchiveUnknown, "the archive has no index.json, manifest.json or repositories");
        return images.Count > 0 ? images : throw new LoamException(ErrorCodes.ArchiveUnknown, "the archive contains no image");
    }
}
