namespace Loam;

/// <summary>The kinds of failure a caller may want to tell apart; the number is the program's exit code.</summary>
public enum ErrorClass
{
    /// <summary>Anything not named below.</summary>
    Failed = 1,

    /// <summary>The request itself makes no sense.</summary>
    Usage = 2,

    /// <summary>What was named does not exist.</summary>
    NotFound = 3,

    /// <summary>Refused without confirmation: in use, mutable, needs confirmation.</summary>
    Refused = 4,

    /// <summary>Credentials are missing or wrong.</summary>
    Authentication = 5,

    /// <summary>The other side cannot be reached, or does not answer as it should.</summary>
    Network = 6,

    /// <summary>Data is damaged, hostile, or not what its digest says.</summary>
    Corrupt = 7,

    /// <summary>Stopped by the user.</summary>
    Interrupted = 130,
}
