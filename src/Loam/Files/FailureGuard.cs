using Loam.Filesystems;

namespace Loam.Files;

/// <summary>
/// Runs work, and translates what the host's file system throws (<see cref="IOException"/>,
/// <see cref="UnauthorizedAccessException"/>) and what file systems in disks throw (<see cref="FilesystemException"/>) into
/// what Loam's callers expect. What is not translated passes as it is.
/// </summary>
/// <param name="host">What a failure of the host's file system means; null to let it pass.</param>
/// <param name="disk">What a failure of a disk's file system means; null to let it pass.</param>
internal sealed class FailureGuard(Func<Exception, LoamException>? host, Func<FilesystemException, LoamException>? disk)
{
    /// <summary>For work in the state folder.</summary>
    /// <param name="folder">The state folder, which errors name; null where they name the file that is concerned.</param>
    public static FailureGuard ForStore(string? folder) => new(failure => IoFailure.Translate(failure, folder), disk: null);

    /// <summary>For opening and reading a disk.</summary>
    /// <param name="path">The disk.</param>
    public static FailureGuard ForDisk(string path) => new(
        failure => new LoamException(ErrorCodes.Io, $"disk {path} cannot be read: {failure.Message}", failure),
        failure => DiskFailure.Translate(failure, path));

    /// <summary>The same guard with another meaning for failures of a disk's file system.</summary>
    public FailureGuard With(Func<FilesystemException, LoamException> meaning) => new(host, meaning);

    /// <summary>The same guard for work that reads one disk besides.</summary>
    public FailureGuard WithDisk(string path) => With(failure => DiskFailure.Translate(failure, path));

    /// <summary>Runs work.</summary>
    /// <exception cref="LoamException">What it failed with, translated.</exception>
    public T Run<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Runs work.</summary>
    /// <exception cref="LoamException">What it failed with, translated.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            throw translated;
        }
    }

    private LoamException? Translate(Exception failure) => failure switch
    {
        FilesystemException inDisk => disk?.Invoke(inDisk),
        _ when IoFailure.Is(failure) => host?.Invoke(failure),
        _ => null,
    };
}
