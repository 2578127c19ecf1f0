using System.Globalization;
using System.Text;
using Loam.Files;
using Loam.Images;
using Loam.Progress;
using Loam.Store;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Loam;

/// <summary>
/// Images on this host: a standard OCI image layout under <c>images/oci</c>, and a folder for each built disk beside
/// it. Safe to use from many processes at once; survives being killed at any instant.
/// </summary>
/// <example>
/// <code>
/// var store = ImageStore.Open();
/// foreach (var image in store.List())
/// {
///     Console.WriteLine($"{image.ImageRef} {image.Digest} {image.OutputPath}");
/// }
/// </code>
/// </example>
public partial class ImageStore
{
    private const string LayoutVersion = "1.0.0";
    private const string StateVersionName = "version";
    private const int StateVersion = 1;

    private readonly TimeProvider _time;
    private readonly IProgress<StoreWait>? _waits;
    private readonly HoldCount _holds;
    private readonly ILogger _logger;

    private ImageStore(
        StatePaths paths, TimeProvider time, StableStorage storage, IProgress<StoreWait>? waits, ILoggerFactory loggers, HoldCount holds)
    {
        _waits = waits;
        _holds = holds;
        _time = time;
        Storage = storage;
        Loggers = loggers;
        _logger = loggers.CreateLogger("Loam.Store");
        Paths = paths;
        Staging = new StagingArea(paths, waits);
        Blobs = new BlobStore(paths, Staging, storage, _logger);
        Disks = new DiskStore(paths, Staging, time, storage, _logger);
        Names = new LayoutIndex(paths, Staging, storage);
    }

    /// <summary>For tests that derive from this class. Other classes of Loam need a store that was opened.</summary>
    protected ImageStore() =>
        (_time, _holds, _logger, Paths, Staging, Blobs, Disks, Names, Storage, Loggers) =
            (null!, null!, NullLogger.Instance, null!, null!, null!, null!, null!, null!, NullLoggerFactory.Instance);

    /// <summary>The state folder.</summary>
    public virtual string Root => Paths.Root;

    /// <summary>The OCI image layout, as other tools expect it.</summary>
    public virtual string LayoutPath => Paths.Layout;

    internal StatePaths Paths { get; }

    /// <summary>What everything that is published goes through.</summary>
    internal StableStorage Storage { get; }

    /// <summary>Makes the logs of whatever works on the store.</summary>
    internal ILoggerFactory Loggers { get; }

    internal StagingArea Staging { get; }

    internal BlobStore Blobs { get; }

    internal DiskStore Disks { get; }

    internal LayoutIndex Names { get; }

    /// <summary>Opens the store in a state folder and makes what is missing.</summary>
    /// <param name="root">The folder; null for <c>$LOAM_HOME</c>, else <c>~/.loam</c>.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="waits">Receives the waits of calls that have no listener of their own: for another process on the same state
    /// folder.</param>
    /// <param name="loggers">Makes the logs of the store and of whatever works on it; null for no log.</param>
    /// <returns>The store.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.StoreTooNew"/>; what <see cref="IoFailure"/> makes of a folder
    /// that cannot be used.</exception>
    public static ImageStore Open(string? root = null, TimeProvider? time = null, IProgress<StoreWait>? waits = null, ILoggerFactory? loggers = null) =>
        Open(root, time, StableStorage.Real, waits, loggers);

    /// <summary>Opens the store on storage that can be made to fail.</summary>
    internal static ImageStore Open(string? root, TimeProvider? time, StableStorage storage, IProgress<StoreWait>? waits = null, ILoggerFactory? loggers = null)
    {
        var paths = new StatePaths(Path.GetFullPath(root ?? StatePaths.DefaultRoot()));
        return FailureGuard.ForStore(paths.Root).Run(() =>
        {
            CheckVersion(paths);
            var store = new ImageStore(paths, time ?? TimeProvider.System, storage, waits, loggers ?? NullLoggerFactory.Instance, new HoldCount());
            store.CreateLayout();
            return store;
        });
    }

    /// <summary>The same store, which tells an operation's listener when it must wait; null for the store's own listener.</summary>
    private ImageStore For(OperationProgress? operation) => operation is null ? this : new ImageStore(Paths, _time, Storage, operation, Loggers, _holds);

    /// <summary>Runs a call of a user's that works on this store.</summary>
    /// <param name="name">What is done; see <see cref="WorkOperation.Name"/>.</param>
    /// <param name="subject">What it is done to.</param>
    /// <param name="listener">Who is told of its progress; null for nobody.</param>
    /// <param name="work">Does it, on a store that tells the listener when it must wait.</param>
    internal Task<T> RunAsync<T>(string name, string subject, IProgress<WorkProgress>? listener, Func<ImageStore, OperationProgress?, Task<T>> work) =>
        Operation.RunAsync(name, subject, listener, Loggers, progress => work(For(progress), progress));

    /// <summary>Keeps what is in the store from being freed until disposed; any number may hold it.</summary>
    internal async Task<IDisposable> HoldAsync(CancellationToken cancellationToken)
    {
        // Whoever holds it already must not queue behind somebody who waits for the hold to end.
        if (_holds.Count == 0)
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
    internal Task SetNameAsync(NamedImage named, CancellationToken cancellationToken) => SetNamesAsync([named], cancellationToken);

    /// <summary>Binds names in one step.</summary>
    internal Task SetNamesAsync(IReadOnlyList<NamedImage> named, CancellationToken cancellationToken) =>
        Names.UpdateAsync(names => Bind(names, named), cancellationToken);

    /// <summary>The same names with some bound again; the very list where that changes nothing. What other tools noted beside
    /// a name stays as long as it leads to the same manifest.</summary>
    internal static IReadOnlyList<NamedImage> Bind(IReadOnlyList<NamedImage> names, IReadOnlyList<NamedImage> named)
    {
        var bound = named.Select(one => one.Name).ToHashSet(StringComparer.Ordinal);
        var there = names.Where(other => bound.Contains(other.Name)).ToList();
        if (named.All(there.Contains))
        {
            return names;
        }

        var kept = names.Where(other => !bound.Contains(other.Name) || !named.Any(one => one.Name == other.Name && one.Platform == other.Platform));
        return [.. kept, .. named.Select(KeepForeign)];

        NamedImage KeepForeign(NamedImage one) =>
            one.Foreign.Count == 0 && there.Find(other => (other.Name, other.Digest) == (one.Name, one.Digest)) is { } same
                ? one with { Foreign = same.Foreign }
                : one;
    }

    /// <summary>An image's configuration; null where the manifest or the configuration is not in the store.</summary>
    internal ImageConfig? FindConfig(Digest digest) =>
        Names.Read().FirstOrDefault(name => name.Digest == digest) is { } named ? ImageDocuments.Find(Blobs, named.Manifest)?.Config : null;

    /// <summary>Whether an image for this host was committed, loaded or pulled under a name, the store has all of it, and
    /// no disk was made of it.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Whether <see cref="StoredImageDisk"/> could make its disk.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    public virtual bool HasWithoutDisk(ImageReference name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Names.Read().Any(named =>
            named.Name == name.ToString() && named.Disk is null
            && PlatformChoice.Fits(named.Platform, Platform.Host) && !MediaTypes.IsIndex(named.MediaType)
            && ReadManifest(named) is { } manifest && manifest.Layers.Append(manifest.Config).All(Blobs.Has));
    }

    internal ImageRecord? ToRecord(NamedImage named) => ToRecord(named, images: null);

    /// <param name="named">The name.</param>
    /// <param name="images">The open folder of the images, where many are asked for.</param>
    private ImageRecord? ToRecord(NamedImage named, SafeFileHandle? images)
    {
        if (named.Name is not { } name || RepositoryOf(named, name) is not { } repository)
        {
            return null;
        }

        var disk = Disks.PathOf(named);
        var file = images is not null && DiskStore.InsideOf(named) is { } inside ? Libc.Status(images, inside) : Libc.Status(disk);
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

    private static string? RepositoryOf(NamedImage named, string name)
    {
        if (named.Disk is not null && !name.AsSpan().ContainsAnyExceptInRange('!', '~'))
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
            throw new LoamException(ErrorCodes.StoreTooNew, $"state folder {paths.Root} has a format that this version of Loam does not know");
        }
    }

    private Hold Count(FileLock held)
    {
        _holds.Add(1);
        return new Hold(_holds, held);
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

        AtomicFile.Write(
            slot.Temporary,
            Path.Combine(Paths.Images, StateVersionName),
            Encoding.ASCII.GetBytes(StateVersion.ToString(CultureInfo.InvariantCulture)),
            Storage);
        if (!File.Exists(Paths.Index))
        {
            AtomicFile.Write(
                slot.Temporary, Paths.Index, """{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"""u8, Storage);
        }

        AtomicFile.Write(slot.Temporary, Paths.LayoutMarker, Encoding.ASCII.GetBytes($$"""{"imageLayoutVersion":"{{LayoutVersion}}"}"""), Storage);
    }

    /// <summary>How often this process holds the store by one instance and those that tell others.</summary>
    private sealed class HoldCount
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void Add(int change) => Interlocked.Add(ref _count, change);
    }

    private sealed class Hold(HoldCount holds, FileLock held) : IDisposable
    {
        private FileLock? _lock = held;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _lock, null) is { } mine)
            {
                mine.Dispose();
                holds.Add(-1);
            }
        }
    }
}
