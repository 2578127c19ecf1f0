namespace Loam.Cli.Output;

/// <summary>What <c>commit</c> prints.</summary>
internal sealed record CommittedJson(
    string ImageRef,
    string ResolvedRef,
    string Digest,
    string ConfigDigest,
    PlatformJson Platform,
    string? Workspace,
    IReadOnlyList<CommittedBlobJson> Layers,
    CommittedLayerJson? Layer,
    CommitPushJson? Pushed,
    IReadOnlyList<string> Warnings)
{
    public static CommittedJson From(CommittedImage committed, string? workspace, PushedImage? pushed) => new(
        committed.Image.ImageRef,
        committed.Image.ResolvedRef,
        committed.Image.Digest.ToString(),
        committed.ConfigDigest.ToString(),
        PlatformJson.From(committed.Image.Platform),
        workspace,
        [.. committed.Layers.Select(layer => new CommittedBlobJson(layer.Digest.ToString(), layer.MediaType, layer.Size))],
        committed.Layer is { } made ? CommittedLayerJson.From(made) : null,
        pushed is null ? null : new CommitPushJson(pushed.Destination.ToString(), pushed.Uploaded, pushed.UploadedBytes, pushed.Mounted, pushed.Present),
        committed.Warnings);
}

internal sealed record CommittedBlobJson(string Digest, string MediaType, long SizeBytes);

internal sealed record CommittedLayerJson(string Digest, string DiffId, string MediaType, long SizeBytes, long UncompressedSizeBytes, long Entries)
{
    public static CommittedLayerJson From(CommittedLayer made) => new(
        made.Blob.Digest.ToString(), made.DiffId.ToString(), made.Blob.MediaType, made.Blob.Size, made.UncompressedSize, made.Entries);
}

internal sealed record CommitPushJson(string Destination, int Uploaded, long UploadedBytes, int Mounted, int Present);
