using System.ComponentModel;
using Loam.Files;

namespace Loam;

/// <summary>What a failure of the file system means.</summary>
public static class IoFailure
{
    private const int AccessDenied = 13; // EACCES
    private const int NoSpace = 28; // ENOSPC
    private const int ReadOnly = 30; // EROFS
    private const int Quota = 122; // EDQUOT
    private const int BrokenPipe = 32; // EPIPE

    /// <summary>Whether an exception is a failure of the host's file system, which <see cref="Translate"/> takes.</summary>
    /// <param name="failure">The exception.</param>
    /// <returns>Whether it is an <see cref="IOException"/> or an <see cref="UnauthorizedAccessException"/>.</returns>
    public static bool Is(Exception failure) => failure is IOException or UnauthorizedAccessException;

    /// <summary>A typed error for a failure of the file system.</summary>
    /// <param name="failure">What .NET threw.</param>
    /// <param name="folder">The folder that was being worked in; null where it is not known.</param>
    /// <returns><see cref="ErrorCodes.DiskFull"/>, <see cref="ErrorCodes.StoreReadOnly"/>,
    /// <see cref="ErrorCodes.StoreForeign"/>, else <see cref="ErrorCodes.Io"/>.</returns>
    public static LoamException Translate(Exception failure, string? folder)
    {
        var where = folder is null ? "" : $"state folder {folder} cannot be used: ";
        return Number(failure) switch
        {
            NoSpace or Quota => new LoamException(ErrorCodes.DiskFull, $"{where}{failure.Message}", failure),
            ReadOnly => new LoamException(ErrorCodes.StoreReadOnly, $"{where}{failure.Message}", failure),
            AccessDenied when folder is not null && OtherOwner(folder) is { } owner =>
                new LoamException(ErrorCodes.StoreForeign, $"{where}it belongs to user {owner}: {failure.Message}", failure),
            AccessDenied => new LoamException(ErrorCodes.StoreReadOnly, $"{where}{failure.Message}", failure),
            BrokenPipe => new LoamException(ErrorCodes.Io, $"{where}{failure.Message}", failure)
            {
                Hint = "The program that was reading the output has ended.",
            },
            _ => new LoamException(ErrorCodes.Io, $"{where}{failure.Message}", failure),
        };
    }

    /// <summary>The error number: .NET keeps it as the result code, or in the exception within.</summary>
    private static int Number(Exception failure) => failure switch
    {
        { InnerException: Win32Exception inner } => inner.NativeErrorCode,
        UnauthorizedAccessException { InnerException: IOException inner } => inner.HResult,
        UnauthorizedAccessException => AccessDenied,
        _ => failure.HResult,
    };

    private static uint? OtherOwner(string folder)
    {
        try
        {
            for (var at = folder; at is not null; at = Path.GetDirectoryName(at))
            {
                if (Libc.Status(at) is { } status)
                {
                    return status.Owner == Libc.EffectiveUser() ? null : status.Owner;
                }
            }
        }
        catch (IOException)
        {
            // What cannot even be looked at says nothing about its owner.
        }

        return null;
    }
}
