namespace Loam;

/// <summary>A command has waited a second for another that uses the same state folder, and goes on waiting.</summary>
/// <param name="LockPath">The lock the other holds: <c>store.lock</c> and <c>store.gate</c> stand for the whole store, the
/// locks in <c>ingest/</c> for the one thing they are named after.</param>
public sealed record StoreWait(string LockPath);
