namespace Loam;

/// <summary>A manifest that a registry accepted.</summary>
/// <param name="Digest">Its digest.</param>
/// <param name="SubjectKnown">Whether the registry says that it lists the manifest as a referrer of its subject.</param>
public sealed record PutManifest(Digest Digest, bool SubjectKnown);
