namespace Loam;

/// <summary>
/// Everything that works on one state folder, put together as the program <c>loam</c> does: the store, what
/// <c>config.json</c> and the host's <c>registries.conf</c> say, the credentials of <c>loam registry login</c> and of the sources
/// that are configured, and a client of registries that uses all of them.
/// </summary>
/// <example>
/// <code>
/// using var loam = LoamClient.Open();
/// var pulled = await loam.PullAsync("alpine");
/// Console.WriteLine(pulled.Image.OutputPath);
/// </code>
/// </example>
public class LoamClient : IDisposable
{
    private readonly ImageStore? _store;
    private readonly LoamConfiguration? _configuration;
    private readonly CredentialSources? _credentials;
    private readonly RegistryClient? _registry;

    private LoamClient(ImageStore store, LoamConfiguration configuration, LoamOptions options)
    {
        _store = store;
        _configuration = configuration;
        _credentials = new CredentialSources(configuration, options.Credential);
        var registries = configuration.ToRegistryOptions() with { Credentials = _credentials.LookUpAsync };
        _registry = new RegistryClient(options.Registries?.Invoke(registries) ?? registries, options.Loggers, options.Time);
    }

    /// <summary>For tests that derive from this class.</summary>
    protected LoamClient()
    {
    }

    /// <summary>The images and disks.</summary>
    public virtual ImageStore Store => _store!;

    /// <summary>What <c>config.json</c> and <c>registries.conf</c> say.</summary>
    public virtual LoamConfiguration Configuration => _configuration!;

    /// <summary>Where credentials come from, and which one is used for a repository.</summary>
    public virtual CredentialSources Credentials => _credentials!;

    /// <summary>The client of registries. It ends with this object.</summary>
    public virtual RegistryClient Registry => _registry!;

    /// <summary>Pulls images, and builds disks.</summary>
    public virtual ImagePuller Puller => new(Store, Registry);

    /// <summary>Pushes images.</summary>
    public virtual ImagePusher Pusher => new(Store, Registry);

    /// <summary>Pushes built disks.</summary>
    public virtual DiskPusher DiskPusher => new(Store, Registry);

    /// <summary>Makes images of disks.</summary>
    public virtual Committer Committer => new(Store);

    /// <summary>Loads archives.</summary>
    public virtual ArchiveLoader Loader => new(Store);

    /// <summary>Saves archives.</summary>
    public virtual ArchiveSaver Saver => new(Store);

    /// <summary>Reads images.</summary>
    public virtual ImageInspector Inspector => new(Store);

    /// <summary>Checks and repairs the store.</summary>
    public virtual StoreCheck Check => new(Store, Registry);

    /// <summary>Opens a state folder and makes what is missing of it.</summary>
    /// <param name="stateDir">The folder.</param>
    /// <returns>The client; the caller disposes it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stateDir"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ConfigurationInvalid"/>, <see cref="ErrorCodes.StoreTooNew"/>; the
    /// folder cannot be used.</exception>
    public static LoamClient Open(string stateDir)
    {
        ArgumentNullException.ThrowIfNull(stateDir);
        return Open(new LoamOptions { StateDir = stateDir });
    }

    /// <summary>Opens a state folder and makes what is missing of it.</summary>
    /// <param name="options">The folder, and what is to differ from what is configured in it; null for the usual folder.</param>
    /// <returns>The client; the caller disposes it.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ConfigurationInvalid"/>, <see cref="ErrorCodes.StoreTooNew"/>; the
    /// folder cannot be used.</exception>
    public static LoamClient Open(LoamOptions? options = null)
    {
        options ??= new LoamOptions();
        var configuration = LoamConfiguration.Load(options.StateDir);
        return new LoamClient(ImageStore.Open(options.StateDir, options.Time, options.Waits, options.Loggers), configuration, options);
    }

    /// <summary>The image that a name means. A name without a registry may mean one of several, as
    /// <c>registries.conf</c> says; the first that has it is meant.</summary>
    /// <param name="name">The name, as a user writes it.</param>
    /// <param name="passedOver">Receives each registry that does not have it, and why; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The reference; the last candidate where no registry is known to have the image.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidReference"/>, <see cref="ErrorCodes.ShortNameAmbiguous"/>,
    /// <see cref="ErrorCodes.ConfigurationInvalid"/>.</exception>
    public virtual async Task<ImageReference> ResolveAsync(
        string name, Action<ImageReference, LoamException>? passedOver = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        var candidates = Configuration.Candidates(name);
        foreach (var candidate in candidates.SkipLast(1))
        {
            try
            {
                await Registry.GetManifestAsync(candidate, cancellationToken).ConfigureAwait(false);
                return candidate;
            }
            catch (LoamException e) when (e.Code.Class is ErrorClass.NotFound or ErrorClass.Authentication or ErrorClass.Network)
            {
                passedOver?.Invoke(candidate, e);
            }
        }

        return candidates[^1];
    }

    /// <summary>Pulls an image and makes its disk in the store, as <c>loam pull</c> does.</summary>
    /// <param name="image">The image, as a user writes it; see <see cref="ResolveAsync"/>.</param>
    /// <param name="options">How; null for the defaults: this host's platform, the disk built from the layers.</param>
    /// <param name="progress">Receives progress reports, also of waits for other processes; null for none.</param>
    /// <param name="cancellationToken">Cancels the pull; the bytes that arrived are kept for the next one.</param>
    /// <returns>The image's record, and its disk's.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="LoamException">As <see cref="ResolveAsync"/> and
    /// <see cref="ImagePuller.PullAsync(ImageReference, PullOptions?, IProgress{WorkProgress}?, CancellationToken)"/>.</exception>
    public virtual async Task<PulledImage> PullAsync(
        string image, PullOptions? options = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var reference = await ResolveAsync(image, passedOver: null, cancellationToken).ConfigureAwait(false);
        return await Puller.PullAsync(reference, options, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the client of registries.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _registry?.Dispose();
        }
    }
}
