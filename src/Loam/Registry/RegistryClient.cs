using System.Net;
using Loam.Images;
using Loam.Registry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loam;

/// <summary>A manifest or an index as a registry sent it; its bytes have the digest.</summary>
/// <param name="MediaType">What it is.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="Content">Its bytes.</param>
public sealed record FetchedManifest(string MediaType, Digest Digest, ReadOnlyMemory<byte> Content)
{
    /// <summary>Whether it leads to further manifests.</summary>
    public bool IsIndex => MediaTypes.IsIndex(MediaType);
}

/// <summary>A client of OCI registries (distribution-spec 1.1). One instance serves any number of registries and calls at
/// once.</summary>
public sealed partial class RegistryClient : IDisposable
{
    private readonly RegistryOptions _options;
    private readonly RequestSender _sender;
    private readonly MirrorOrder _places;

    /// <summary>Creates a client.</summary>
    /// <param name="options">How registries are spoken to.</param>
    /// <param name="logger">Told of every request, never of secrets.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public RegistryClient(RegistryOptions options, ILogger? logger = null, TimeProvider? time = null)
    {
        _options = options;
        _sender = new RequestSender(options, time ?? TimeProvider.System, logger ?? NullLogger.Instance);
        _places = new MirrorOrder(options, logger ?? NullLogger.Instance);
    }

    /// <summary>Fetches what a reference leads to: a manifest or an index.</summary>
    /// <exception cref="LoamException">It does not exist, may not be read, cannot be reached, or is not what its digest says.</exception>
    public Task<FetchedManifest> GetManifestAsync(ImageReference reference, CancellationToken cancellationToken) =>
        _places.AskAsync(reference, target => GetManifestAsync(target, reference, MediaTypes.Manifests, cancellationToken));

    /// <summary>Fetches a small blob whole.</summary>
    /// <param name="reference">The repository it is in.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="cap">The most bytes it may have.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LoamException">It does not exist, cannot be reached, or is not what its descriptor says.</exception>
    public async Task<byte[]> GetBlobBytesAsync(ImageReference reference, Descriptor blob, long cap, CancellationToken cancellationToken)
    {
        if (blob.Size > cap)
        {
            throw new LoamException(ErrorCodes.ManifestInvalid, $"{reference}: blob {blob.Digest} has {blob.Size} bytes; {cap} is the most");
        }

        for (var tries = 0; ; tries++)
        {
            try
            {
                return await _places.AskAsync(reference.WithDigest(blob.Digest), async target =>
                {
                    using var response = await OpenBlobAsync(target, reference, blob, from: 0, cancellationToken).ConfigureAwait(false);
                    return await ReadBlobAsync(response, reference, blob, cancellationToken).ConfigureAwait(false);
                }).ConfigureAwait(false);
            }
            catch (LoamException e) when (tries < _options.Retries && (e.Code == ErrorCodes.RegistryUnreachable || e.Code == ErrorCodes.Timeout))
            {
                // The answer had begun, so the sender of requests could not try it again.
                await Task.Delay(_options.RetryDelay * Math.Pow(2, tries), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _sender.Dispose();

    /// <summary>Makes ready to download a blob into a file.</summary>
    internal BlobDownload CreateDownload(ImageReference reference, Descriptor blob, string path, Action<long> progress) =>
        new(this, _options, reference, blob, path, progress);

    /// <summary>The registry itself, for what mirrors are not asked.</summary>
    internal RegistryTarget Origin(ImageReference reference) => _places.Origin(reference);

    internal Task<HttpResponseMessage> SendAsync(RegistryRequest request, CancellationToken cancellationToken) => _sender.SendAsync(request, cancellationToken);

    /// <summary>Asks no more of a mirror that gave wrong content.</summary>
    internal void PassOver(RegistryTarget target) => _places.PassOver(target);

    /// <summary>Asks for a blob from a byte on. The answer is 200 with all of it, or 206 with what was asked for.</summary>
    internal Task<(HttpResponseMessage Response, RegistryTarget Source)> OpenBlobAsync(
        ImageReference reference, Descriptor blob, long from, CancellationToken cancellationToken) =>
        _places.AskAsync(
            reference.WithDigest(blob.Digest),
            async target => (await OpenBlobAsync(target, reference, blob, from, cancellationToken).ConfigureAwait(false), target));

    /// <summary>Fetches a manifest from one place.</summary>
    internal async Task<FetchedManifest> GetManifestAsync(
        RegistryTarget target, ImageReference reference, IReadOnlyList<string> accept, CancellationToken cancellationToken)
    {
        var request = new RegistryRequest(target, HttpMethod.Get, target.Address($"manifests/{reference.ManifestName}"), target.Scope("pull"))
        {
            Accept = accept,
            Retry = !target.Location.IsMirror,
        };
        using var response = await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw await RegistryFailure.FromAsync(response, ErrorCodes.ManifestUnknown, reference.ToString(), cancellationToken).ConfigureAwait(false);
        }

        var content = await ReadAsync(response, ImageManifest.MaximumBytes, reference, cancellationToken).ConfigureAwait(false);
        var digest = Verify(response, content, reference);
        var type = ManifestJson.MediaTypeOf(content) ?? response.Content.Headers.ContentType?.MediaType ?? "";
        if (MediaTypes.IsSchema1(type))
        {
            throw new LoamException(ErrorCodes.ManifestSchema1, $"{reference}: the manifest is of Docker's schema 1");
        }

        return accept.Contains(type)
            ? new FetchedManifest(type, digest, content)
            : throw new LoamException(ErrorCodes.ManifestInvalid, $"{reference}: the registry sent no manifest but \"{type}\"");
    }

    private async Task<byte[]> ReadBlobAsync(HttpResponseMessage response, ImageReference reference, Descriptor blob, CancellationToken cancellationToken)
    {
        var content = await ReadAsync(response, blob.Size, reference, cancellationToken).ConfigureAwait(false);
        if (content.Length != blob.Size)
        {
            throw new LoamException(ErrorCodes.SizeMismatch, $"{reference}: blob {blob.Digest} came with {content.Length} bytes instead of {blob.Size}");
        }

        return blob.Digest.Matches(content)
            ? content
            : throw new LoamException(ErrorCodes.DigestMismatch, $"{reference}: blob {blob.Digest} came with other content");
    }

    private async Task<HttpResponseMessage> OpenBlobAsync(
        RegistryTarget target, ImageReference reference, Descriptor blob, long from, CancellationToken cancellationToken)
    {
        var request = new RegistryRequest(target, HttpMethod.Get, target.Address($"blobs/{blob.Digest}"), target.Scope("pull"))
        {
            From = from,
            Retry = !target.Location.IsMirror,
        };
        var response = await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.OK
            || (response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == from))
        {
            return response;
        }

        using (response)
        {
            throw await RegistryFailure.FromAsync(response, ErrorCodes.BlobUnknown, $"{reference}: blob {blob.Digest}", cancellationToken).ConfigureAwait(false);
        }
    }

    private static Digest Verify(HttpResponseMessage response, byte[] content, ImageReference reference)
    {
        var wanted = reference.Digest ?? DigestOf(response) ?? Digest.Sha256(content);
        var found = Digest.Of(content, wanted);
        return found == wanted
            ? found
            : throw new LoamException(ErrorCodes.DigestMismatch, $"{reference}: the registry sent a manifest with digest {found} for {wanted}");
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, long cap, ImageReference reference, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.StallTimeout);
        try
        {
            return await BoundedBody.ReadAsync(response, cap, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && RegistryHttp.Translate(e, reference.Registry) is { } translated)
        {
            throw translated;
        }
    }
}
