using System.Diagnostics;
using Loam.Telemetry;
using Microsoft.Win32.SafeHandles;

namespace Loam.Files;

/// <summary>An advisory lock on a file of its own (flock(2)). It dies with the process that holds it, so a killed
/// process never blocks the next.</summary>
internal sealed class FileLock : IDisposable
{
    private const int PollsBeforeNotice = 50; // a second

    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(20);

    private readonly SafeFileHandle _file;
    private readonly string? _remove;

    private FileLock(SafeFileHandle file, string? remove)
    {
        _file = file;
        _remove = remove;
    }

    /// <summary>Takes a lock, waiting as long as somebody else holds it.</summary>
    /// <param name="path">The lock file; made if missing.</param>
    /// <param name="kind">Whether others may share it, and whether its file goes when it is released.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <param name="waits">Hears of a wait that takes longer than a second, once.</param>
    public static async Task<FileLock> AcquireAsync(
        string path, LockKind kind, CancellationToken cancellationToken, IProgress<StoreWait>? waits = null)
    {
        var start = Stopwatch.GetTimestamp();
        for (var polls = 0; ; polls++)
        {
            if (TryAcquire(path, kind) is { } taken)
            {
                if (polls > 0)
                {
                    Instruments.WaitDuration.Record(
                        Stopwatch.GetElapsedTime(start).TotalSeconds,
                        new KeyValuePair<string, object?>("loam.wait", new StoreWait(path).Kind.ToString().ToLowerInvariant()));
                }

                return taken;
            }

            if (polls == PollsBeforeNotice)
            {
                waits?.Report(new StoreWait(path));
            }

            await Task.Delay(PollEvery, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a lock if it is free.</summary>
    public static FileLock? TryAcquire(string path, LockKind kind)
    {
        while (true)
        {
            var file = Open(path, kind);
            try
            {
                if (!Libc.TryLock(file, kind == LockKind.Shared))
                {
                    file.Dispose();
                    return null;
                }

                // The former holder may have removed the file between our open and our lock; a lock on a file without
                // a name excludes nobody.
                if (Libc.IsLinked(file))
                {
                    return new FileLock(file, kind == LockKind.Transient ? path : null);
                }
            }
            catch
            {
                file.Dispose();
                throw;
            }

            file.Dispose();
        }
    }

    /// <summary>Where nothing may be written, a lock that is shared can still be taken.</summary>
    private static SafeFileHandle Open(string path, LockKind kind)
    {
        try
        {
            return Libc.OpenLockFile(path);
        }
        catch (IOException e) when (kind == LockKind.Shared && Libc.IsReadOnly(e) && Libc.OpenLockFileReadOnly(path) is { } file)
        {
            return file;
        }
    }

    /// <summary>Whether programs started from now on hold the lock too, for as long as they live.</summary>
    public void SetInherited(bool inherited) => Libc.SetInherited(_file, inherited);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_remove is not null && !_file.IsClosed)
        {
            File.Delete(_remove);
        }

        _file.Dispose();
    }
}

/// <summary>What a lock is for.</summary>
internal enum LockKind
{
    /// <summary>One holder; the file stays.</summary>
    Exclusive,

    /// <summary>Many holders, none of them exclusive; the file stays.</summary>
    Shared,

    /// <summary>One holder; the file goes when it is released.</summary>
    Transient,
}
