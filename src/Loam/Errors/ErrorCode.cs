namespace Loam;

/// <summary>One foreseen failure.</summary>
/// <param name="Name">Its stable name, snake_case.</param>
/// <param name="Class">Its kind, and so the exit code.</param>
/// <param name="Meaning">What it means, one sentence.</param>
/// <param name="Hint">What to do about it, one sentence.</param>
public sealed record ErrorCode(string Name, ErrorClass Class, string Meaning, string Hint)
{
    /// <summary>The name, so that a code in a log or a message is one word.</summary>
    /// <returns><see cref="Name"/>.</returns>
    public override string ToString() => Name;
}
