using System.Net;
using System.Security.Cryptography;
using Loam.Registry;

namespace Loam;

/// <content>Blobs, in and out (distribution-spec 1.1, "Pull" and "Push").</content>
public partial class RegistryClient
{
    /// <summary>Finds out whether a repository has a blob.</summary>
    /// <param name="repository">The repository; tag and digest do not matter.</param>
    /// <param name="digest">The blob's digest.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Whether the registry itself, mirrors aside, has it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="repository"/> is null.</exception>
    /// <exception cref="LoamException">The registry cannot be reached, or refuses.</exception>
    public virtual async Task<bool> HasBlobAsync(ImageReference repository, Digest digest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        var target = Origin(repository);
        var request = new RegistryRequest(target, HttpMethod.Head, target.Address($"blobs/{digest}"), target.Scope("pull,push"));
        using var response = await _transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var what = $"{target.Location.Host}/{target.Location.Repository}: blob {digest}";
        return response.StatusCode switch
        {
            HttpStatusCode.OK => true,
            HttpStatusCode.NotFound => false,
            _ => throw await RefusalAsync(response, ErrorCodes.BlobUnknown, what, cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Opens a blob of any size. A connection that breaks is opened again where it ended.</summary>
    /// <param name="repository">The repository it is in; tag and digest do not matter.</param>
    /// <param name="blob">The blob; its size and its digest are what is expected.</param>
    /// <param name="offset">The first byte to read, at most the blob's size.</param>
    /// <param name="cancellationToken">Cancels the wait for the first answer; each read of the stream has its own token.</param>
    /// <returns>A stream that is read once, from front to back; better with <c>ReadAsync</c> than with <c>Read</c>, which blocks
    /// on the network. The last bytes come only if all of them have the blob's length, and, where it is read from the first
    /// byte on, its digest: what came before them is not verified until then.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="repository"/> or <paramref name="blob"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.BlobUnknown"/>; it may not be read, or the registry cannot be
    /// reached. Reads end in the same ways, in <see cref="ErrorCodes.SizeMismatch"/> and in
    /// <see cref="ErrorCodes.DigestMismatch"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative or beyond the blob's end.</exception>
    /// <example>
    /// <code>
    /// using var client = new RegistryClient(new RegistryOptions());
    /// var image = ImageReference.Parse("registry.example/team/app:1");
    /// FetchedManifest manifest = await client.GetManifestAsync(image);
    /// Descriptor layer = ImageManifest.Parse(manifest.Content.Span).Layers[0];
    /// await using Stream blob = await client.OpenBlobAsync(image, layer);
    /// await using Stream output = File.Create("layer.tar.gz");
    /// await blob.CopyToAsync(output);
    /// </code>
    /// </example>
    public virtual async Task<Stream> OpenBlobAsync(
        ImageReference repository, Descriptor blob, long offset = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, blob.Size);
        var stream = ReadBlob(repository, blob, offset, offset == 0 ? blob.Digest.CreateHash() : null, CancellationToken.None);
        try
        {
            await stream.ConnectAsync(cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Fetches a small blob whole.</summary>
    /// <param name="reference">The repository it is in.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="cap">The most bytes it may have.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Its bytes; they have its digest.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="reference"/> or <paramref name="blob"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ManifestInvalid"/>: it is larger than the cap; it does not exist,
    /// cannot be reached, or is not what its descriptor says.</exception>
    public virtual async Task<byte[]> GetBlobBytesAsync(
        ImageReference reference, Descriptor blob, long cap, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(blob);
        if (blob.Size > cap)
        {
            throw new LoamException(ErrorCodes.ManifestInvalid, $"{reference}: blob {blob.Digest} has {blob.Size} bytes; {cap} are allowed");
        }

        while (true)
        {
            try
            {
                var content = new byte[blob.Size];
                var stream = ReadBlob(reference, blob, 0, blob.Digest.CreateHash(), cancellationToken);
                await using (stream.ConfigureAwait(false))
                {
                    await stream.ReadExactlyAsync(content, cancellationToken).ConfigureAwait(false);
                }

                return content;
            }
            catch (LoamException e) when (e.AgainMayHelp)
            {
                // A mirror gave something else, and is asked no more.
            }
        }
    }

    /// <summary>Sends a blob, unless the registry already has it. A broken upload is continued where the registry
    /// allows it.</summary>
    /// <param name="repository">The repository; tag and digest do not matter.</param>
    /// <param name="blob">The blob; the registry checks the digest.</param>
    /// <param name="open">Opens the blob's bytes from the first on, once for each try; the streams can seek, and are
    /// disposed.</param>
    /// <param name="mountFrom">A repository of the same registry that may have it and is asked to share it; null for none.</param>
    /// <param name="progress">Receives the number of bytes sent so far; it falls where bytes must be sent again. Null for none.</param>
    /// <param name="cancellationToken">Cancels the upload.</param>
    /// <returns>How the registry got the blob.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="repository"/>, <paramref name="blob"/> or <paramref name="open"/> is null.</exception>
    /// <exception cref="LoamException">The registry refuses it, or cannot be reached.</exception>
    public virtual async Task<UploadOutcome> PushBlobAsync(
        ImageReference repository,
        Descriptor blob,
        Func<Stream> open,
        string? mountFrom = null,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        ArgumentNullException.ThrowIfNull(open);
        return await HasBlobAsync(repository, blob.Digest, cancellationToken).ConfigureAwait(false)
            ? UploadOutcome.Present
            : await new BlobUpload(_transport, Origin(repository), blob, open, progress).RunAsync(mountFrom, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks a registry to copy a blob from another of its repositories.</summary>
    /// <param name="repository">The repository that needs it; tag and digest do not matter.</param>
    /// <param name="digest">The blob's digest.</param>
    /// <param name="from">The repository that has it, without the registry: <c>team/app</c>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Whether it did; where not, the blob has to be sent.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="repository"/> is null.</exception>
    /// <exception cref="LoamException">The registry cannot be reached, or refuses.</exception>
    public virtual Task<bool> MountBlobAsync(ImageReference repository, Digest digest, string from, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentException.ThrowIfNullOrEmpty(from);
        var blob = new Descriptor { MediaType = "", Digest = digest, Size = 0 };
        return new BlobUpload(_transport, Origin(repository), blob, () => Stream.Null, progress: null).MountAsync(from, cancellationToken);
    }

    /// <summary>A blob from one byte on; nobody has been asked yet.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="hash">Was fed what comes before the first byte, and is the stream's from now on; null where only the length
    /// is checked.</param>
    /// <param name="stop">Ends reads.</param>
    internal BlobStream ReadBlob(ImageReference repository, Descriptor blob, long offset, IncrementalHash? hash, CancellationToken stop) =>
        new(_transport, repository, blob, offset, hash, stop);
}
