namespace Loam.Registry;

/// <summary>What every conversation with registries goes through.</summary>
/// <param name="Options">How registries are used.</param>
/// <param name="Sender">Sends requests.</param>
/// <param name="Places">The places that have a repository's content.</param>
/// <param name="Retries">When something is tried again.</param>
internal sealed record RegistryTransport(RegistryOptions Options, RequestSender Sender, MirrorOrder Places, RetryPolicy Retries);
