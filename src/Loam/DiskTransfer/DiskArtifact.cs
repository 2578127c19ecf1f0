using System.Text.Json.Serialization;
using Loam.Images;

namespace Loam.DiskTransfer;

/// <summary>How a disk travels: an artifact that refers to its image (OCI image-spec 1.1, <c>manifest.md</c>, "subject").
/// Its layers are the disk's chunks, each a zstd frame, each once; its configuration says where they stand.</summary>
internal static class DiskArtifact
{
    public const string Type = "application/vnd.loam.disk.v1+json";
    public const string ChunkType = "application/vnd.loam.disk.chunk.v1+zstd";

    /// <summary>On the manifest: <see cref="DiskKey.Hex"/>, so that a disk built with the same options is found unopened.</summary>
    public const string KeyAnnotation = "dev.loam.disk.key";

    /// <summary>On the manifest: the SHA-256 of the whole disk.</summary>
    public const string Sha256Annotation = "dev.loam.disk.sha256";

    /// <summary>More than the configuration of the largest disk needs.</summary>
    public const long MaximumConfigBytes = 32 << 20;
}

/// <summary>The configuration of a disk's artifact.</summary>
/// <param name="Schema">1.</param>
/// <param name="Record">What the disk is and where it came from.</param>
/// <param name="Chunks">Where its data stands, in the order of the offsets; everything else is zeros.</param>
internal sealed record DiskLayout(int Schema, DiskRecord Record, IReadOnlyList<DiskLayoutChunk> Chunks)
{
    public const int CurrentSchema = 1;

    /// <summary>Checks all that a stranger wrote before any of it is used.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DiskArtifactInvalid"/>.</exception>
    public void Check(int layers, string what)
    {
        Require(Schema == CurrentSchema, $"schema {Schema}");
        Require(
            Record is { Disk: { SizeBytes: > 0, Sha256.Length: 64 }, Platform: not null, Layers: not null }
                && Record is { Options: not null, Tool: not null, Warnings: not null },
            "an incomplete record");
        Require(Record.Disk.Filesystem == "ext4" && Record.Disk.Sha256.AsSpan().IndexOfAnyExcept("0123456789abcdef") < 0, "a disk that is not understood");
        Require(Chunks is { Count: <= ArtifactManifest.MaximumLayers }, "no chunks, or too many");
        var end = 0L;
        foreach (var chunk in Chunks)
        {
            Require(chunk is not null && chunk.Offset >= end && chunk.Length is > 0 and <= Filesystems.DiskChunker.MaximumBytes
                && chunk.Offset <= Record.Disk.SizeBytes - chunk.Length && chunk.Layer >= 0 && chunk.Layer < layers, "an invalid chunk");
            end = chunk!.Offset + chunk.Length;
        }

        void Require(bool holds, string why)
        {
            if (!holds)
            {
                throw new LoamException(ErrorCodes.DiskArtifactInvalid, $"{what}: {why}");
            }
        }
    }
}

/// <summary>One chunk of a disk.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">How many bytes it has.</param>
/// <param name="Digest">Their digest.</param>
/// <param name="Layer">Which of the manifest's layers holds them.</param>
internal sealed record DiskLayoutChunk(long Offset, int Length, Digest Digest, int Layer);

/// <summary>The JSON of disks on their way, compact.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 32)]
[JsonSerializable(typeof(DiskLayout))]
internal sealed partial class DiskTransferJson : JsonSerializerContext;
