using System.Runtime.InteropServices;

namespace Loam.Filesystems.Host;

/// <summary>The calls of Linux that .NET does not have: files by handles and by names that are bytes. Every name is one part of
/// a path and ends in a NUL.</summary>
internal static partial class Libc
{
    /// <summary>What the last call's error means, as .NET would throw it.</summary>
    /// <param name="what">The call, and the path it was for.</param>
    public static Exception Failure(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        var message = $"{what}: {Marshal.GetPInvokeErrorMessage(error)}";
        return error switch
        {
            ErrorNumber.AccessDenied or ErrorNumber.NotPermitted => new UnauthorizedAccessException(message, new IOException(message, error)),
            ErrorNumber.NoEntry => new FileNotFoundException(message),
            _ => new IOException(message, error),
        };
    }
}
