namespace Loam.Pulling;

/// <summary>How a blob is fetched.</summary>
/// <param name="Turn">Says when it may start, and is given back when it is done.</param>
/// <param name="Force">Whether it is fetched although the store has it.</param>
/// <param name="Progress">Receives the number of its bytes in the store; null for none.</param>
internal sealed record ArrivalOptions(SemaphoreSlim Turn, bool Force, Action<long>? Progress);
