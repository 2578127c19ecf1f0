using System.Globalization;
using System.Text;
using Loam.Files;
using Loam.Images;
using Loam.Store;
using Microsoft.Win32.SafeHandles;

namespace Loam;

/// <summary>
/// Images on this machine: a standard OCI image layout under <c>images/oci</c>, and a folder for each built disk beside
/// it. Safe to use from many processes at once; survives being killed at any instant.
/// </summary>
public sealed partial class ImageStore
{
    internal const string DiskAnnotation = "dev.loam.disk";
    internal const string IndexAnnotation = "dev.loam.index.digest";
    internal const string NameAnnotation = "org.opencontainers.image.ref.name";

    private const string LayoutVersion = "1.0.0";
    private const string StateVersionName = "version";
    private const int StateVersion = 1;

    private readonly TimeProvider _time;
    private readonly StableStorage _storage;
    private readonly IProgress<StoreWait>? _waits;
    private int _held;

    private ImageStore(StatePaths paths, TimeProvider time, StableStorage storage, IProgress<StoreWait>? waits)
    {
        _waits = waits;
        _time = time;
        _storage = storage;
        Paths = paths;
        Staging = new StagingArea(paths, waits);
        Blobs = new BlobStore(paths, Staging, storage);
        Disks = new DiskStore(paths, Staging, time, storage);
        Names = new LayoutIndex(paths, Staging, storage);
    }

    /// <summary>The state folder.</summary>
    public string Root => Paths.Root;

    /// <summary>The OCI image layout, as other tools want to be given it.</summary>
    public string LayoutPath => Paths.Layout;

    internal StatePaths Paths { get; }

    internal StagingArea Staging { get; }

    internal BlobStore Blobs { get; }

    internal DiskStore Disks { get; }

    internal LayoutIndex Names { get; }

    /// <summary>Opens the store in a state folder and makes what is missing.</summary>
    /// <param name="root">The folder; null for <c>$LOAM_HOME</c>, else <c>~/.loam</c>.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="waits">Hears when something must wait for another command on the same state folder.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.StoreTooNew"/>; what <see cref="IoFailure"/> makes of a folder
    /// that cannot be used.</exception>
    public static ImageStore Open(string? root = null, TimeProvider? time = null, IProgress<StoreWait>? waits = null) =>
        Open(root, time, StableStorage.Real, waits);

    /// <summary>Opens the store on storage that can be made to fail.</summary>
    internal static ImageStore Open(string? root, TimeProvider? time, StableStorage storage, IProgress<StoreWait>? waits = null)
    {
        var paths = new StatePaths(Path.GetFullPath(root ?? StatePaths.DefaultRoot()));
        return FailureGuard.ForStore(paths.Root).Run(() =>
        {
            CheckVersion(paths);
            var store = new ImageStore(paths, time ?? TimeProvider.System, storage, waits);
            store.CreateLayout();
            return store;
        });
    }

    /// <summary>The images that are here, in the order of their names.</summary>
    public IReadOnlyList<ImageRecord> List() => List(new ImageFilter());

    /// <summary>Keeps what is here from being freed until disposed; any number may hold it.</summary>
    internal async Task<IDisposable> HoldAsync(CancellationToken cancellationToken)
    {
        // Whoever holds it already must not queue behind somebody who waits for the hold to end.
        if (Volatile.Read(ref _held) == 0)
        {
            using var gate = await FileLock.AcquireAsync(Paths.StoreGate, LockKind.Shared, cancellationToken, _waits).ConfigureAwait(false);
            return Count(await FileLock.AcquireAsync(Paths.StoreLock, LockKind.Shared, cancellationToken, _waits).ConfigureAwait(false));
        }

        return Count(await FileLock.AcquireAsync(Paths.StoreLock, LockKind.Shared, cancellationToken, _waits).ConfigureAwait(false));
    }

    /// <summary>Waits until nobody holds the store, and keeps everybody out until disposed.</summary>
    internal async Task<IDisposable> ExcludeAsync(CancellationToken cancellationToken)
    {
        using var gate = await FileLock.AcquireAsync(Paths.StoreGate, LockKind.Exclusive, cancellationToken, _waits).ConfigureAwait(false);
        return await FileLock.AcquireAsync(Paths.StoreLock, LockKind.Exclusive, cancellationToken, _waits).ConfigureAwait(false);
    }

    /// <summary>Binds a name to a manifest and a disk; the same name for the same platform is replaced.</summary>
    internal Task SetNameAsync(Descriptor named, CancellationToken cancellationToken) => SetNamesAsync([named], cancellationToken);

    /// <summary>Binds names in one step.</summary>
    internal Task SetNamesAsync(IReadOnlyList<Descriptor> named, CancellationToken cancellationToken) =>
        Names.UpdateAsync(names => Bind(names, named), cancellationToken);

    /// <summary>The same names with some bound anew; the very list where that changes nothing.</summary>
    internal static IReadOnlyList<Descriptor> Bind(IReadOnlyList<Descriptor> names, IReadOnlyList<Descriptor> named)
    {
        var bound = named.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        var there = names.Where(other => bound.Contains(NameOf(other))).ToList();
        return named.All(one => there.Exists(other => Same(one, other)))
            ? names
            : [.. names.Where(other => !bound.Contains(NameOf(other)) || !named.Any(one => NameOf(one) == NameOf(other) && one.Platform == other.Platform)), .. named];
    }

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

    /// <summary>Whether an image for this machine was committed or loaded under a name, all of it is here, and no disk was
    /// made of it.</summary>
    public bool HasWithoutDisk(ImageReference name) => Names.Read().Any(named =>
        NameOf(named) == name.ToString() && named.Annotations?.ContainsKey(DiskAnnotation) == false
        && PlatformChoice.Fits(named.Platform, Platform.Host) && !MediaTypes.IsIndex(named.MediaType) && Blobs.Has(named)
        && ImageManifest.Parse(Blobs.ReadVerified(named, ImageManifest.MaximumBytes)) is var manifest
        && manifest.Layers.Append(manifest.Config).All(Blobs.Has));

    internal static string? NameOf(Descriptor descriptor) => descriptor.Annotations?.GetValueOrDefault(NameAnnotation);

    /// <summary>The digest of the index that led to a named manifest, if one did.</summary>
    internal static Digest? IndexOf(Descriptor descriptor) =>
        Digest.TryParse(descriptor.Annotations?.GetValueOrDefault(IndexAnnotation), out var digest) ? digest : null;

    /// <summary>All that tells one name from another.</summary>
    internal static NameKey KeyOf(Descriptor named) => new(
        NameOf(named),
        named.Digest,
        named.Platform,
        named.Annotations?.GetValueOrDefault(DiskAnnotation),
        named.Annotations?.GetValueOrDefault(IndexAnnotation));

    internal static bool Same(Descriptor left, Descriptor right) => KeyOf(left) == KeyOf(right);

    /// <summary>The folder of a name's disk in the store; null where its disk stands elsewhere.</summary>
    internal string? DiskFolderOf(Descriptor named)
    {
        var folder = Path.GetDirectoryName(DiskPathOf(named))!;
        return Path.GetDirectoryName(folder) == Paths.Images && Path.GetFileName(folder) is var name && name.StartsWith("sha256-", StringComparison.Ordinal)
            ? name
            : null;
    }

    /// <summary>Where a name's disk is, or would be: names that another tool wrote into the layout have none yet.</summary>
    internal string DiskPathOf(Descriptor named) =>
        DiskNameOf(named) is { } name ? $"{Paths.Images}/{name}"
        : named.Annotations?.GetValueOrDefault(DiskAnnotation) is { Length: > 0 } noted ? Path.GetFullPath(noted, Paths.Images)
        : Disks.PathOf(DiskKey.Of(named.Digest, new DiskOptions()));

    internal ImageRecord? ToRecord(Descriptor named) => ToRecord(named, images: null);

    /// <param name="named">The name.</param>
    /// <param name="images">The open folder of the images, where many are asked for.</param>
    private ImageRecord? ToRecord(Descriptor named, SafeFileHandle? images)
    {
        if (NameOf(named) is not { } name || RepositoryOf(named, name) is not { } repository)
        {
            return null;
        }

        var disk = DiskPathOf(named);
        var file = images is not null && DiskNameOf(named) is { } inside ? Libc.Status(images, inside) : Libc.Status(disk);
        var used = file ?? Libc.Status(Paths.Blob(named.Digest));
        return new ImageRecord(
            name,
            repository,
            named.Digest,
            named.Platform ?? Platform.Host,
            disk,
            file?.Size ?? 0,
            used?.Modified ?? DateTimeOffset.UnixEpoch);
    }

    /// <summary>A disk's path in the images' folder; null where it stands elsewhere, or nothing is noted.</summary>
    private static string? DiskNameOf(Descriptor named) =>
        named.Annotations?.GetValueOrDefault(DiskAnnotation) is { Length: > 0 } noted && noted[0] != '/' && !noted.Contains("..", StringComparison.Ordinal)
            ? noted
            : null;

    private static string? RepositoryOf(Descriptor named, string name)
    {
        if (named.Annotations!.ContainsKey(DiskAnnotation) && !name.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            // We wrote it, in full, so that it need not be taken apart: thousands of names are listed in no time.
            var bare = name.AsSpan(0, name.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at ? at : name.Length);
            var colon = bare.LastIndexOf(':');
            return (colon > bare.LastIndexOf('/') ? bare[..colon] : bare).ToString();
        }

        return ImageReference.TryParse(name, out var reference) ? $"{reference.Registry}/{reference.Repository}" : null;
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

    private Hold Count(FileLock held)
    {
        Interlocked.Increment(ref _held);
        return new Hold(this, held);
    }

    private void CreateLayout()
    {
        if (File.Exists(Paths.LayoutMarker) && Directory.Exists(Paths.StagingFolder))
        {
            return;
        }

        Directory.CreateDirectory(Paths.Blobs("sha256"));
        Directory.CreateDirectory(Paths.StagingFolder);
        // Under the names' own lock, so that no name another process sets meanwhile is lost. Whoever holds it now
        // makes or has made the same files.
        using var slot = Staging.TryReserve(LayoutIndex.Stem);
        if (slot is null)
        {
            return;
        }

        AtomicFile.Write(slot.Temporary, Path.Combine(Paths.Images, StateVersionName), Encoding.ASCII.GetBytes(StateVersion.ToString(CultureInfo.InvariantCulture)), _storage);
        if (!File.Exists(Paths.Index))
        {
            AtomicFile.Write(slot.Temporary, Paths.Index, """{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"""u8, _storage);
        }

        AtomicFile.Write(slot.Temporary, Paths.LayoutMarker, Encoding.ASCII.GetBytes($$"""{"imageLayoutVersion":"{{LayoutVersion}}"}"""), _storage);
    }

    private sealed class Hold(ImageStore store, FileLock held) : IDisposable
    {
        private FileLock? _lock = held;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _lock, null) is { } mine)
            {
                mine.Dispose();
                Interlocked.Decrement(ref store._held);
            }
        }
    }
}
