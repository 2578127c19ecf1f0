using Loam.Files;
using Loam.Maintenance;

namespace Loam;

/// <summary>
/// Checks a store as fsck checks a file system: hashes every blob and every disk, and follows every name. Repair moves
/// damaged files to the quarantine and fetches blobs again from where they came.
/// </summary>
/// <example>
/// <code>
/// var report = await new StoreCheck(ImageStore.Open()).CheckAsync();
/// foreach (var problem in report.Problems)
/// {
///     Console.WriteLine(problem.Message);
/// }
/// </code>
/// </example>
public class StoreCheck
{
    private readonly ImageStore _store;
    private readonly RegistryClient? _registry;

    /// <summary>Checks a store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="registry">Where a repair fetches blobs from; null to fetch none.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    public StoreCheck(ImageStore store, RegistryClient? registry = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _registry = registry;
    }

    /// <summary>For tests that derive from this class.</summary>
    protected StoreCheck() => _store = null!;

    /// <summary>Checks the store and changes nothing. Other processes may use it meanwhile, but nothing is freed.</summary>
    /// <param name="progress">Receives the number of bytes hashed so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What was checked, and what is wrong.</returns>
    /// <exception cref="LoamException">The state folder cannot be used at all.</exception>
    public virtual Task<StoreCheckReport> CheckAsync(IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        RunAsync("check", run => run.CheckAsync(cancellationToken), progress);

    /// <summary>Checks the store, moves damaged files to the quarantine, and fetches missing blobs.</summary>
    /// <param name="progress">Receives the number of bytes hashed so far; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; the next repair can fix the rest.</param>
    /// <returns>What was checked, what is wrong, and which of it was fixed.</returns>
    /// <exception cref="LoamException">The state folder cannot be used at all.</exception>
    public virtual Task<StoreCheckReport> RepairAsync(IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        RunAsync("repair", run => run.RepairAsync(cancellationToken), progress);

    private Task<StoreCheckReport> RunAsync(string name, Func<StoreCheckRun, Task<StoreCheckReport>> run, IProgress<WorkProgress>? progress) =>
        _store.RunAsync(name, "", progress, (store, work) => FailureGuard.ForStore(store.Root).RunAsync(() => run(new StoreCheckRun(store, _registry, work))));
}
