using System.Security.Cryptography;
using System.Text.Json;
using Loam.Committing;
using Loam.Files;
using Loam.Images;
using Loam.Layers;
using Loam.Rootfs;
using Loam.Store;
using Loam.Trees;

namespace Loam;

/// <summary>Makes images of disks. The image is in the store when it is done, under its name; its disk is not built.</summary>
/// <example>
/// <code>
/// var committer = new Committer(ImageStore.Open());
/// var made = await committer.CommitDiskAsync("work.ext4", "team/work:1", new CommitOptions { Changes = ["CMD /bin/sh"] });
/// Console.WriteLine(made.Image.Digest);
/// </code>
/// </example>
public class Committer
{
    private readonly ImageStore _store;

    /// <summary>Makes images in a store.</summary>
    /// <param name="store">The store.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    public Committer(ImageStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    /// <summary>For tests that derive from this class.</summary>
    protected Committer() => _store = null!;

    /// <summary>Commits an ext4 file system in a file, which no process may write to meanwhile.</summary>
    /// <param name="disk">The file.</param>
    /// <param name="name">The image's new name; without a digest.</param>
    /// <param name="options">How; null for one layer of all that is on the disk.</param>
    /// <param name="progress">Receives progress reports; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; nothing new is left behind.</param>
    /// <returns>The image, and what could not be kept.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="disk"/> or <paramref name="name"/> is null.</exception>
    /// <exception cref="LoamException">The disk cannot be read; <see cref="ErrorCodes.LayerUnwritable"/>,
    /// <see cref="ErrorCodes.BaseMissing"/>, <see cref="ErrorCodes.ConfigChangeInvalid"/>, <see cref="ErrorCodes.TagInvalid"/>;
    /// what is wrong with the base image.</exception>
    public virtual Task<CommittedImage> CommitDiskAsync(
        string disk,
        ImageReference name,
        CommitOptions? options = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(disk);
        ArgumentNullException.ThrowIfNull(name);
        return CommitAsync(disk, name, new DiskOrigin(null, Platform.Host, new RunConfig()), options ?? new CommitOptions(), progress, cancellationToken);
    }

    /// <summary>Commits an ext4 file system in a file, which no process may write to meanwhile.</summary>
    /// <param name="disk">The file.</param>
    /// <param name="name">The image's new name: <c>app:1</c>, <c>registry.example/team/app:1</c>.</param>
    /// <param name="options">How; null for one layer of all that is on the disk.</param>
    /// <param name="progress">Receives progress reports; null for none.</param>
    /// <param name="cancellationToken">Cancels the call; nothing new is left behind.</param>
    /// <returns>The image, and what could not be kept.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="disk"/> or <paramref name="name"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidReference"/>, and what committing under an
    /// <see cref="ImageReference"/> throws.</exception>
    public Task<CommittedImage> CommitDiskAsync(
        string disk, string name, CommitOptions? options = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        CommitDiskAsync(disk, ImageReference.Parse(name), options, progress, cancellationToken);

    /// <summary>The same for a disk of which more is known.</summary>
    internal Task<CommittedImage> CommitAsync(
        string disk, ImageReference name, DiskOrigin known, CommitOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        _store.RunAsync("commit", name.ToString(), progress, (store, work) =>
            new Committer(store).CommitOnceAsync(disk, name, known, options, work, cancellationToken));

    private async Task<CommittedImage> CommitOnceAsync(
        string disk, ImageReference name, DiskOrigin known, CommitOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = await _store.HoldAsync(cancellationToken).ConfigureAwait(false);
        var origin = options.Base is { } stated ? BaseImage.Get(_store, stated)
            : known.Image is { } digest ? BaseImage.Find(_store, digest)
            : null;
        var platform = options.Platform ?? origin?.Platform ?? known.Platform;
        return await CommitAsync(disk, name, origin, known.Run, options with { Platform = platform }, progress, cancellationToken).ConfigureAwait(false);
    }

    private async Task<CommittedImage> CommitAsync(
        string disk,
        ImageReference name,
        BaseImage? origin,
        RunConfig run,
        CommitOptions options,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellationToken)
    {
        if (name.Digest is not null)
        {
            throw new LoamException(ErrorCodes.TagInvalid, $"{name} has a digest");
        }

        if (options.Layered && origin is null)
        {
            throw new LoamException(ErrorCodes.BaseMissing, $"the image that {disk} was made from is not in the store");
        }

        var config = new ImageConfigEditor(origin, run, options);
        return await FailureGuard.ForStore(_store.Root).WithDisk(disk).RunAsync(async () =>
        {
            _store.Staging.Sweep(keepPartialBlobs: true);
            var stem = $"commit-{RandomNumberGenerator.GetHexString(32, lowercase: true)}";
            using var slot = await _store.Staging.ReserveAsync(stem, cancellationToken).ConfigureAwait(false);

            // Reading and compressing block, so they get a thread of their own.
            var (layer, warnings) = await Task.Factory.StartNew(
                () => WriteLayer(disk, slot, origin, options, progress, cancellationToken),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).ConfigureAwait(false);
            if (layer is not null)
            {
                await _store.Blobs.TakeAsync(slot.Temporary, layer.Blob, cancellationToken).ConfigureAwait(false);
            }

            return await NameAsync(name, origin, options, config, layer, warnings, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private (CommittedLayer? Layer, IReadOnlyList<string> Warnings) WriteLayer(
        string disk, StagingSlot slot, BaseImage? origin, CommitOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var source = options.Debugfs is { } program
            ? DebugfsSource.Extract(program, disk, cancellationToken)
            : CommitSource.OpenDisk(disk, cancellationToken);
        using var file = new FileStream(slot.Temporary, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        using var compressor = new LayerCompressor(file, options.Compression, cancellationToken);
        var writer = new LayerWriter(compressor, new ContentProgress(source.Tree, source.Open, source.CostOf, progress).Open, cancellationToken);
        if (options.Layered)
        {
            using var contents = new ContentIdentity();
            var before = new ImageTreeReader(_store.Blobs, contents, progress).Read(origin!.Manifest, origin.Config, cancellationToken);
            new LayerDiff(before, source.Tree, (left, right) => ContentIdentity.Equal(left.Content, contents.Of(source.Open(right), cancellationToken)))
                .Write(writer, cancellationToken);
        }
        else
        {
            writer.WriteTree(source.Tree);
        }

        writer.Finish();
        IReadOnlyList<string> warnings = [.. source.Warnings, .. writer.Warnings];
        if (options.Layered && writer.Entries == 0)
        {
            return (null, warnings);
        }

        var (diffId, blob) = compressor.Finish();
        var descriptor = new Descriptor { MediaType = options.Compression.MediaType, Digest = blob, Size = compressor.BlobLength };
        return (new CommittedLayer(descriptor, diffId, compressor.ContentLength, writer.Entries), warnings);
    }

    private async Task<CommittedImage> NameAsync(
        ImageReference name,
        BaseImage? origin,
        CommitOptions options,
        ImageConfigEditor config,
        CommittedLayer? layer,
        IReadOnlyList<string> warnings,
        CancellationToken cancellationToken)
    {
        var kept = options.Layered ? origin!.LayersAsOci : [];
        IReadOnlyList<Descriptor> layers = layer is null ? kept : [.. kept, layer.Blob];
        var configBytes = config.Finish(layer?.DiffId);
        var configBlob = new Descriptor { MediaType = MediaTypes.OciConfig, Digest = Digest.Sha256(configBytes), Size = configBytes.Length };
        var manifest = JsonSerializer.SerializeToUtf8Bytes(new MadeManifest(2, MediaTypes.OciManifest, configBlob, layers), OciJson.Plain.MadeManifest);
        var descriptor = new Descriptor
        {
            MediaType = MediaTypes.OciManifest,
            Digest = Digest.Sha256(manifest),
            Size = manifest.Length,
            Platform = options.Platform,
        };
        var named = NamedImage.Of(name, descriptor, index: null, disk: null);
        await _store.Blobs.AddAsync(configBlob.Digest, configBytes, cancellationToken).ConfigureAwait(false);
        await _store.Blobs.AddAsync(named.Digest, manifest, cancellationToken).ConfigureAwait(false);
        await _store.SetNameAsync(named, cancellationToken).ConfigureAwait(false);
        return new CommittedImage(_store.ToRecord(named)!, configBlob.Digest, layers, layer, warnings);
    }
}
