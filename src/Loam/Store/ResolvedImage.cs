namespace Loam.Store;

/// <summary>An image as a registry or an archive described it: chosen for a platform, its manifest and configuration verified.</summary>
/// <param name="Reference">What was asked for.</param>
/// <param name="Descriptor">The manifest's descriptor, with its platform.</param>
/// <param name="IndexDigest">The digest of the index that the manifest was found by, if there was one.</param>
/// <param name="Manifest">The manifest.</param>
/// <param name="Config">The configuration.</param>
internal sealed record ResolvedImage(
    ImageReference Reference, Descriptor Descriptor, Digest? IndexDigest, ImageManifest Manifest, ImageConfig Config)
{
    /// <summary>What it runs on, as the configuration says.</summary>
    public Platform Platform => Descriptor.Platform!;
}
