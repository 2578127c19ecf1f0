namespace Loam;

/// <summary>Every failure that Loam foresees. The message says what failed and where, in one line.</summary>
public sealed class LoamException : Exception
{
    /// <summary>Creates the error.</summary>
    public LoamException(ErrorCode code, string message, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        Hint = code.Hint;
    }

    /// <summary>Which failure it is.</summary>
    public ErrorCode Code { get; }

    /// <summary>What to do about it; the code's own hint unless this case has a better one.</summary>
    public string Hint { get; init; }

    /// <summary>How long to wait before the next try, if the server says so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Where it happened, for programs: <c>reference</c>, <c>layer</c>, <c>entry</c>, <c>offset</c>…</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
