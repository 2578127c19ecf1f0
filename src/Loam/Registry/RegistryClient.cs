using System.Net;
using System.Net.Http.Headers;
using Loam.Images;
using Loam.Registry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loam;

/// <summary>
/// A client of OCI registries (distribution-spec 1.1). One instance serves any number of registries and calls at once.
/// </summary>
/// <remarks>
/// Mirrors (<see cref="RegistryOptions.Locations"/>) are read from before the registry itself; writing goes to the registry
/// alone. Public members are virtual, so that a test can derive from this class and answer by itself; a test of
/// what reaches the network sets <see cref="RegistryOptions.CreateHandler"/>.
/// </remarks>
/// <example>
/// <code>
/// using var client = new RegistryClient();
/// var image = ImageReference.Parse("docker.io/library/alpine:3.20");
/// Descriptor manifest = await client.ResolveAsync(image);
/// Console.WriteLine($"{manifest.Digest}, {manifest.Size} bytes, {manifest.MediaType}");
/// </code>
/// </example>
public partial class RegistryClient : IDisposable
{
    private readonly RegistryTransport _transport;

    /// <summary>Creates a client.</summary>
    /// <param name="options">How registries are used; null for the defaults: public registries, used anonymously.</param>
    /// <param name="loggers">Makes the log, of category <c>Loam.Registry</c>: requests, mirrors that fail, and retries; never
    /// credentials, nor the queries of addresses. Null for no log.</param>
    /// <param name="time">The clock for pauses and for the life of tokens; null for the system's.</param>
    public RegistryClient(RegistryOptions? options = null, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        options ??= new RegistryOptions();
        var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("Loam.Registry");
        time ??= TimeProvider.System;
        var retries = new RetryPolicy(options, time, logger);
        _transport = new RegistryTransport(options, new RequestSender(options, retries, time, logger), new MirrorOrder(options, logger), retries);
    }

    /// <summary>Creates a client for a test that overrides what it calls.</summary>
    protected RegistryClient()
        : this(options: null)
    {
    }

    /// <summary>Finds out what a reference names, without fetching it.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Media type, digest and size of the manifest or the index.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="reference"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ManifestUnknown"/>; it may not be read, or the registry cannot be
    /// reached.</exception>
    public virtual Task<Descriptor> ResolveAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return _transport.Places.AskAsync(reference, target => ResolveAsync(target, reference, cancellationToken));
    }

    /// <summary>Fetches the manifest or index that a reference names.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A manifest or an index; its bytes have their digest, and that of the reference if it states one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="reference"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ManifestUnknown"/>; it may not be read, cannot be reached, or is not
    /// what its digest says.</exception>
    public virtual Task<FetchedManifest> GetManifestAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return _transport.Places.AskAsync(reference, target => GetManifestAsync(target, reference, MediaTypes.Manifests, cancellationToken));
    }

    /// <summary>Finds out whether a registry has exactly this manifest under a reference.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Whether it has.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="reference"/> or <paramref name="manifest"/> is null.</exception>
    /// <exception cref="LoamException">The registry cannot be reached, or refuses.</exception>
    public virtual async Task<bool> HasManifestAsync(
        ImageReference reference, FetchedManifest manifest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(manifest);
        var target = Origin(reference);
        var request = new RegistryRequest(target, HttpMethod.Head, ManifestAddress(target, reference), target.Scope("pull,push"))
        {
            Accept = [manifest.MediaType],
        };
        using var response = await _transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => DigestOf(response) == manifest.Digest,
            HttpStatusCode.NotFound => false,
            _ => throw await RefusalAsync(response, ErrorCodes.ManifestUnknown, $"{reference}", cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Puts a manifest under a reference. The registry already has everything that it names.</summary>
    /// <param name="reference">The tag to set, or the manifest's own digest.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What the registry answered.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="reference"/> or <paramref name="manifest"/> is null.</exception>
    /// <exception cref="LoamException">The registry refuses it, or cannot be reached.</exception>
    public virtual async Task<PutManifest> PutManifestAsync(
        ImageReference reference, FetchedManifest manifest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(manifest);
        var target = Origin(reference);
        var request = new RegistryRequest(target, HttpMethod.Put, ManifestAddress(target, reference), target.Scope("pull,push"))
        {
            Body = _ => new ReadOnlyMemoryContent(manifest.Content) { Headers = { ContentType = new MediaTypeHeaderValue(manifest.MediaType) } },
        };
        using var response = await _transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Created)
        {
            throw await RefusalAsync(response, ErrorCodes.RepositoryUnknown, $"{reference}", cancellationToken).ConfigureAwait(false);
        }

        if (DigestOf(response) is { } stated && stated != manifest.Digest)
        {
            throw new LoamException(ErrorCodes.DigestMismatch, $"{reference}: the registry stored manifest {manifest.Digest} as {stated}");
        }

        return new PutManifest(manifest.Digest, SubjectKnown: response.Headers.Contains("OCI-Subject"));
    }

    /// <summary>Deletes a manifest with all its tags, or a tag alone.</summary>
    /// <param name="reference">The manifest's digest; or a tag, which not every registry can delete by itself.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="ArgumentNullException"><paramref name="reference"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ManifestUnknown"/>; <see cref="ErrorCodes.RegistryUnsupported"/> where
    /// the registry deletes nothing, or no tags.</exception>
    public virtual async Task DeleteManifestAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        var target = Origin(reference);
        var request = new RegistryRequest(target, HttpMethod.Delete, ManifestAddress(target, reference), target.Scope("pull,delete"));
        using var response = await _transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is not (HttpStatusCode.Accepted or HttpStatusCode.OK or HttpStatusCode.NoContent))
        {
            throw await RefusalAsync(response, ErrorCodes.ManifestUnknown, $"{reference}", cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the connections.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _transport.Sender.Dispose();
        }
    }

    /// <summary>The registry itself, for what mirrors are not asked.</summary>
    private RegistryTarget Origin(ImageReference reference) => _transport.Places.Origin(reference);

    private static Uri ManifestAddress(RegistryTarget target, ImageReference reference) => target.Address($"manifests/{reference.ManifestName}");

    private async Task<Descriptor> ResolveAsync(RegistryTarget target, ImageReference reference, CancellationToken cancellationToken)
    {
        var request = new RegistryRequest(target, HttpMethod.Head, ManifestAddress(target, reference), target.Scope("pull"))
        {
            Accept = MediaTypes.Manifests,
            Retry = !target.Location.IsMirror,
        };
        using var response = await _transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw await RefusalAsync(response, ErrorCodes.ManifestUnknown, $"{reference}", cancellationToken).ConfigureAwait(false);
        }

        var (type, size) = (response.Content.Headers.ContentType?.MediaType, response.Content.Headers.ContentLength);
        if (DigestOf(response) is not { } digest || size is not { } length || type is null || !MediaTypes.Manifests.Contains(type))
        {
            // What the headers do not say, the manifest itself does.
            var manifest = await GetManifestAsync(target, reference, MediaTypes.Manifests, cancellationToken).ConfigureAwait(false);
            return new Descriptor { MediaType = manifest.MediaType, Digest = manifest.Digest, Size = manifest.Content.Length };
        }

        return reference.Digest is { } wanted && wanted != digest
            ? throw new LoamException(ErrorCodes.DigestMismatch, $"{reference}: the registry answered with digest {digest}")
            : new Descriptor { MediaType = type, Digest = digest, Size = length };
    }

    /// <summary>Fetches a manifest from one place.</summary>
    private async Task<FetchedManifest> GetManifestAsync(
        RegistryTarget target, ImageReference reference, IReadOnlyList<string> accept, CancellationToken cancellationToken)
    {
        var request = new RegistryRequest(target, HttpMethod.Get, ManifestAddress(target, reference), target.Scope("pull"))
        {
            Accept = accept,
            Retry = !target.Location.IsMirror,
        };
        using var response = await _transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw await RefusalAsync(response, ErrorCodes.ManifestUnknown, $"{reference}", cancellationToken).ConfigureAwait(false);
        }

        var content = await ReadAsync(response, ImageManifest.MaximumBytes, reference, cancellationToken).ConfigureAwait(false);
        var wanted = reference.Digest ?? DigestOf(response) ?? Digest.Sha256(content);
        if (Digest.Of(content, wanted) is var found && found != wanted)
        {
            throw new LoamException(ErrorCodes.DigestMismatch, $"{reference}: the registry sent a manifest with digest {found} instead of {wanted}");
        }

        var type = ManifestJson.MediaTypeOf(content) ?? response.Content.Headers.ContentType?.MediaType ?? "";
        if (MediaTypes.IsSchema1(type))
        {
            throw new LoamException(ErrorCodes.ManifestSchema1, $"{reference}: the manifest is of Docker's schema 1");
        }

        return accept.Contains(type)
            ? new FetchedManifest(type, wanted, content)
            : throw new LoamException(ErrorCodes.ManifestInvalid, $"{reference}: the registry sent \"{type}\", which is not a manifest");
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, long cap, ImageReference reference, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_transport.Options.StallTimeout);
        try
        {
            return await BoundedBody.ReadAsync(response, cap, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && RegistryHttp.Translate(e, reference.Registry) is { } translated)
        {
            throw translated;
        }
    }

    private static Digest? DigestOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Docker-Content-Digest", out var values) && Digest.TryParse(values.FirstOrDefault(), out var digest) ? digest : null;

    private static Task<LoamException> RefusalAsync(HttpResponseMessage response, ErrorCode missing, string what, CancellationToken cancellationToken) =>
        RegistryFailure.FromAsync(response, missing, what, cancellationToken);
}
