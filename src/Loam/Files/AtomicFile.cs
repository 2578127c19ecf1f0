using System.Security.Cryptography;

namespace Loam.Files;

/// <summary>Gives finished things their final names: temporary name, fsync, rename, fsync of the folder. At every
/// instant the final name leads to something whole or to nothing.</summary>
internal static class AtomicFile
{
    private const int SuffixBytes = 4;

    /// <summary>Moves a finished file to its final name, replacing what is there.</summary>
    public static void Move(string temporary, string final, StableStorage storage)
    {
        try
        {
            storage.Sync(temporary);
        }
        catch
        {
            // After a failed fsync the kernel may count the lost pages as clean; a second try would then succeed over
            // bytes that are not there. What cannot be synced is worth nothing.
            File.Delete(temporary);
            throw;
        }

        storage.Move(temporary, final);
        storage.SyncFolder(Path.GetDirectoryName(final)!);
    }

    /// <summary>Writes bytes to a temporary file and moves it to its final name.</summary>
    public static void Write(string temporary, string final, ReadOnlySpan<byte> content, StableStorage storage)
    {
        storage.Write(temporary, content);
        Move(temporary, final, storage);
    }

    /// <summary>Writes a file beside its final name and moves it there. A failure leaves what was there, and names the
    /// final name.</summary>
    /// <param name="final">The file; an absolute path.</param>
    /// <param name="content">What it is to hold.</param>
    /// <param name="storage">What it is written through.</param>
    /// <param name="mode">Who may use it, whatever the umask; null for what the umask leaves.</param>
    public static void Write(string final, ReadOnlyMemory<byte> content, StableStorage storage, UnixFileMode? mode = null) =>
        Write(final, storage, temporary =>
        {
            storage.Write(temporary, content.Span, mode);
            return true;
        });

    /// <summary>Makes a file beside its final name and moves it there. A failure leaves what was there, and names the
    /// final name.</summary>
    /// <param name="final">The file; an absolute path.</param>
    /// <param name="storage">What it is brought to stable storage and renamed through.</param>
    /// <param name="write">Writes a new file of the path it is given.</param>
    /// <returns>What <paramref name="write"/> gave.</returns>
    public static async Task<T> WriteAsync<T>(string final, StableStorage storage, Func<string, Task<T>> write)
    {
        var temporary = Beside(final);
        try
        {
            var result = await write(temporary).ConfigureAwait(false);
            Move(temporary, final, storage);
            return result;
        }
        catch (Exception e) when (AboutTarget(e, temporary, final) is { } failure)
        {
            throw failure;
        }
        finally
        {
            DeleteIfThere(temporary);
        }
    }

    /// <inheritdoc cref="WriteAsync"/>
    public static T Write<T>(string final, StableStorage storage, Func<string, T> write)
    {
        var temporary = Beside(final);
        try
        {
            var result = write(temporary);
            Move(temporary, final, storage);
            return result;
        }
        catch (Exception e) when (AboutTarget(e, temporary, final) is { } failure)
        {
            throw failure;
        }
        finally
        {
            DeleteIfThere(temporary);
        }
    }

    /// <summary>Removes what killed writers of a file left beside it. The caller keeps other writers away.</summary>
    public static void RemoveLeftovers(string final)
    {
        // Older versions gave all writers one name.
        File.Delete(final + ".tmp");
        var pattern = $"{Path.GetFileName(final)}.{new string('?', SuffixBytes * 2)}.tmp";
        foreach (var left in Directory.EnumerateFiles(Path.GetDirectoryName(final)!, pattern))
        {
            File.Delete(left);
        }
    }

    /// <summary>Moves a finished folder, whose files are on stable storage, to its final name. A folder that
    /// already has that name changes places with it, so that readers see the one or the other.</summary>
    public static void MoveFolder(string temporary, string final, StableStorage storage)
    {
        storage.SyncFolder(temporary);
        if (Directory.Exists(final))
        {
            storage.Exchange(temporary, final);
            Directory.Delete(temporary, recursive: true);
        }
        else
        {
            storage.MoveFolder(temporary, final);
        }

        storage.SyncFolder(Path.GetDirectoryName(final)!);
    }

    /// <summary>A name beside a file, of its own for every writer.</summary>
    private static string Beside(string final) => $"{final}.{RandomNumberGenerator.GetHexString(SuffixBytes * 2, lowercase: true)}.tmp";

    /// <summary>The same failure about the file that was to be written; null where it does not name the temporary one.</summary>
    private static Exception? AboutTarget(Exception failure, string temporary, string final)
    {
        if (!failure.Message.Contains(temporary, StringComparison.Ordinal))
        {
            return null;
        }

        var message = failure.Message.Replace(temporary, final, StringComparison.Ordinal);
        return failure switch
        {
            LoamException loam => new LoamException(loam.Code, message, loam) { Hint = loam.Hint, Details = loam.Details, RetryAfter = loam.RetryAfter },
            UnauthorizedAccessException => new UnauthorizedAccessException(message, failure.InnerException),
            DirectoryNotFoundException => new DirectoryNotFoundException(message, failure),
            IOException => new IOException(message, failure.InnerException) { HResult = failure.HResult },
            _ => null,
        };
    }

    private static void DeleteIfThere(string path)
    {
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }
}
