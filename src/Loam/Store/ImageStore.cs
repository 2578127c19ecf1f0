using System.Globalization;
using System.Text;

namespace Loam;

/// <summary>
/// Images on this machine: a standard OCI image layout under <c>images/oci</c>, and a folder for each built disk beside
/// it. Safe to use from many processes at once; survives being killed at any instant.
/// </summary>
public sealed class ImageStore
{
    internal const string DiskAnnotation = "dev.loam.disk";
    internal const string IndexAnnotation = "dev.loam.index.digest";
    internal const string NameAnnotation = "org.opencontainers.image.ref.name";

    private const string LayoutVersion = "1.0.0";
    private const string StateVersionName = "version";
    private const int StateVersion = 1;

    private ImageStore(StatePaths paths, TimeProvider time)
    {
        Paths = paths;
        Ingest = new Ingest(paths);
        Blobs = new BlobStore(paths, Ingest);
        Disks = new DiskStore(paths, Ingest, time);
        Names = new LayoutIndex(paths, Ingest);
    }

    /// <summary>The state folder.</summary>
    public string Root => Paths.Root;

    /// <summary>The OCI image layout, as other tools want to be given it.</summary>
    public string LayoutPath => Paths.Layout;

    internal StatePaths Paths { get; }

    internal Ingest Ingest { get; }

    internal BlobStore Blobs { get; }

    internal DiskStore Disks { get; }

    internal LayoutIndex Names { get; }

    /// <summary>Opens the store in a state folder and makes what is missing.</summary>
    /// <param name="root">The folder; null for <c>$LOAM_HOME</c>, else <c>~/.loam</c>.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.StoreTooNew"/>, <see cref="ErrorCodes.Io"/>.</exception>
    public static ImageStore Open(string? root = null, TimeProvider? time = null)
    {
        var paths = new StatePaths(Path.GetFullPath(root ?? StatePaths.DefaultRoot()));
        try
        {
            CheckVersion(paths);
            var store = new ImageStore(paths, time ?? TimeProvider.System);
            store.CreateLayout();
            return store;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LoamException(ErrorCodes.Io, $"state folder {paths.Root} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The images that are here, in the order of their names.</summary>
    public IReadOnlyList<ImageRecord> List() =>
        [.. Names.Read().Select(ToRecord).OfType<ImageRecord>()
            .OrderBy(image => image.ImageRef, StringComparer.Ordinal).ThenBy(image => image.Platform.ToString(), StringComparer.Ordinal)];

    /// <summary>Keeps what is here from being freed until disposed; any number may hold it.</summary>
    internal async Task<IDisposable> HoldAsync(CancellationToken cancellationToken) =>
        await FileLock.AcquireAsync(Paths.StoreLock, LockKind.Shared, cancellationToken).ConfigureAwait(false);

    /// <summary>Binds a name to a manifest and a disk; the same name for the same platform is replaced.</summary>
    internal Task SetNameAsync(Descriptor named, CancellationToken cancellationToken) =>
        Names.UpdateAsync(
            names => names.Any(other => Same(other, named))
                ? names
                : [.. names.Where(other => NameOf(other) != NameOf(named) || other.Platform != named.Platform), named],
            cancellationToken);

    /// <summary>An image's configuration; null where manifest or configuration are not here.</summary>
    internal ImageConfig? ReadConfig(Digest digest)
    {
        if (Names.Read().FirstOrDefault(name => name.Digest == digest) is not { } named || !Blobs.Has(named))
        {
            return null;
        }

        var manifest = ImageManifest.Parse(Blobs.ReadVerified(named, ImageManifest.MaximumBytes));
        return Blobs.Has(manifest.Config) ? ImageConfig.Parse(Blobs.ReadVerified(manifest.Config, ImageConfig.MaximumBytes), manifest) : null;
    }

    internal static string? NameOf(Descriptor descriptor) => descriptor.Annotations?.GetValueOrDefault(NameAnnotation);

    internal static bool Same(Descriptor left, Descriptor right) =>
        left.Digest == right.Digest && left.Platform == right.Platform && NameOf(left) == NameOf(right)
        && left.Annotations?.GetValueOrDefault(DiskAnnotation) == right.Annotations?.GetValueOrDefault(DiskAnnotation)
        && left.Annotations?.GetValueOrDefault(IndexAnnotation) == right.Annotations?.GetValueOrDefault(IndexAnnotation);

    internal ImageRecord? ToRecord(Descriptor named)
    {
        if (NameOf(named) is not { } name || !ImageReference.TryParse(name, out var reference))
        {
            return null;
        }

        // Names that another tool wrote into the layout have no disk yet.
        var disk = named.Annotations?.GetValueOrDefault(DiskAnnotation) is { } noted
            ? Path.GetFullPath(noted, Paths.Images)
            : Disks.PathOf(DiskKey.Of(named.Digest, new DiskOptions()));
        var file = new FileInfo(disk);
        var record = new FileInfo(Path.Combine(file.DirectoryName!, DiskStore.RecordName));
        var used = record.Exists ? record : file;
        return new ImageRecord(
            name,
            reference.WithDigest(named.Digest).ResolvedName,
            named.Digest,
            named.Platform ?? Platform.Host,
            disk,
            file.Exists ? file.Length : 0,
            used.Exists ? used.LastWriteTimeUtc : DateTimeOffset.UnixEpoch);
    }

    private static void CheckVersion(StatePaths paths)
    {
        var file = Path.Combine(paths.Images, StateVersionName);
        if (File.Exists(file)
            && (!int.TryParse(File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture, out var version) || version > StateVersion))
        {
            throw new LoamException(ErrorCodes.StoreTooNew, $"state folder {paths.Root} has a format that this version does not know");
        }
    }

    private void CreateLayout()
    {
        if (File.Exists(Paths.LayoutMarker) && Directory.Exists(Paths.Ingest))
        {
            return;
        }

        Directory.CreateDirectory(Paths.Blobs("sha256"));
        Directory.CreateDirectory(Paths.Ingest);
        // Under the names' own lock, so that no name another process sets meanwhile is lost. Whoever holds it now
        // makes or has made the same files.
        using var slot = Ingest.TryReserve(LayoutIndex.Stem);
        if (slot is null)
        {
            return;
        }

        Publish.Bytes(slot.Temporary, Path.Combine(Paths.Images, StateVersionName), Encoding.ASCII.GetBytes(StateVersion.ToString(CultureInfo.InvariantCulture)));
        if (!File.Exists(Paths.Index))
        {
            Publish.Bytes(slot.Temporary, Paths.Index, """{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"""u8);
        }

        Publish.Bytes(slot.Temporary, Paths.LayoutMarker, Encoding.ASCII.GetBytes($$"""{"imageLayoutVersion":"{{LayoutVersion}}"}"""));
    }
}
