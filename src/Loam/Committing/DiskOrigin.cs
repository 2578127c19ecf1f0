namespace Loam.Committing;

/// <summary>What is known of a disk beside its content.</summary>
/// <param name="Image">The digest of the image that it was made from; null where it is not known.</param>
/// <param name="Platform">What it runs on, where no image says so.</param>
/// <param name="Run">What it runs, where no image says so.</param>
internal sealed record DiskOrigin(Digest? Image, Platform Platform, RunConfig Run);
