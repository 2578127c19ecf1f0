namespace Loam;

/// <summary>Every failure that Loam foresees. The message says what failed and where, in one line.</summary>
public sealed class LoamException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">Which failure it is.</param>
    /// <param name="message">What failed and where, in one line.</param>
    /// <param name="inner">What caused it.</param>
    /// <exception cref="ArgumentNullException"><paramref name="code"/> is null.</exception>
    public LoamException(ErrorCode code, string message, Exception? inner = null)
        : base(message, inner)
    {
        ArgumentNullException.ThrowIfNull(code);
        Code = code;
        Hint = code.Hint;
    }

    /// <summary>Which failure it is.</summary>
    public ErrorCode Code { get; }

    /// <summary>What to do about it; the code's own hint unless this case has a better one.</summary>
    public string Hint { get; init; }

    /// <summary>How long to wait before the next try, if the server says so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same call may succeed later without anything else being done: the other side was busy, out of
    /// reach or too slow.</summary>
    public bool IsTransient =>
        Code == ErrorCodes.TooManyRequests || Code == ErrorCodes.RegistryUnavailable || Code == ErrorCodes.RegistryUnreachable
        || Code == ErrorCodes.RegistryRefused || Code == ErrorCodes.Timeout || Code == ErrorCodes.UploadLost;

    /// <summary>Where it happened, for programs: <c>reference</c>, <c>layer</c>, <c>entry</c>, <c>offset</c>…</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether doing the whole once more may help: bytes of an earlier pull or of a mirror had part in the failure, and
    /// will have none in the next try. For callers inside Loam; users do not see it.</summary>
    internal bool AgainMayHelp { get; init; }

    /// <summary>The failure's name, its message, what to do about it, and where it came from.</summary>
    /// <returns>As <see cref="Exception.ToString"/>, with the code before the message and the hint after it.</returns>
    public override string ToString()
    {
        var text = base.ToString();
        var shown = $"{GetType()}: {Message}";
        return text.StartsWith(shown, StringComparison.Ordinal)
            ? $"{GetType()}: {Code.Name}: {Message} ({Hint}){text[shown.Length..]}"
            : $"{Code.Name}: {text}";
    }
}
