namespace Loam;

/// <summary>One call that reports its progress. All its reports carry the same instance, so that several calls can
/// share one listener.</summary>
/// <param name="Name">What is done: <c>pull</c>, <c>build</c>, <c>load</c>, <c>save</c>, <c>push</c>, <c>push disk</c>, <c>commit</c>, <c>inspect</c>,
/// <c>check</c>, <c>repair</c>, <c>create</c>, <c>clone</c>, <c>export</c>, <c>make disk</c>,
/// <c>delete</c>, <c>prune</c>.</param>
/// <param name="Subject">What it is done to: an image, a disk, a workspace; empty where it is the whole store.</param>
public sealed record WorkOperation(string Name, string Subject)
{
    /// <summary>Every call is its own operation, even where two do the same.</summary>
    /// <param name="other">Another operation.</param>
    /// <returns>Whether both are the same instance.</returns>
    public bool Equals(WorkOperation? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
