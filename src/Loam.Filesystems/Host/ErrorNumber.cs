namespace Loam.Filesystems.Host;

/// <summary>The errors of Linux that are distinguished (errno(3)).</summary>
internal static class ErrorNumber
{
    public const int NotPermitted = 1; // EPERM
    public const int NoEntry = 2; // ENOENT
    public const int NoSuchAddress = 6; // ENXIO
    public const int AccessDenied = 13; // EACCES
    public const int Exists = 17; // EEXIST
    public const int InvalidArgument = 22; // EINVAL
    public const int OutOfRange = 34; // ERANGE
    public const int NotImplemented = 38; // ENOSYS
    public const int NoData = 61; // ENODATA
    public const int NotSupported = 95; // EOPNOTSUPP
}
