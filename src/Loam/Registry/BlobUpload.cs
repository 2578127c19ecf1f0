using System.Net;
using System.Net.Http.Headers;

namespace Loam.Registry;

/// <summary>
/// Uploads one blob (distribution-spec 1.1, "Push"): by mounting where a sibling repository has it, else in chunks, going
/// on after a break with the first byte that the registry does not have. A registry that forgets an upload whose chunk
/// broke off, as Docker's does, gets all of it again.
/// </summary>
/// <param name="transport">How registries are used.</param>
/// <param name="target">The registry and the repository.</param>
/// <param name="blob">The blob.</param>
/// <param name="open">Opens its bytes; they can seek.</param>
/// <param name="progress">Receives the number of bytes sent so far; null for none.</param>
internal sealed class BlobUpload(RegistryTransport transport, RegistryTarget target, Descriptor blob, Func<Stream> open, IProgress<long>? progress)
{
    /// <summary>Up to this many bytes go in one request.</summary>
    private const long MonolithicBytes = 4 << 20;

    private const long ChunkBytes = 32 << 20;
    private const int MaximumSessions = 100;

    private bool _inOnePiece = blob.Size <= MonolithicBytes;
    private Uri? _location;
    private long _offset;
    private int _sessions;

    /// <summary>Whether a try broke off, so that nobody knows how far the upload has come.</summary>
    private bool _broken;

    /// <summary>Whether bytes of the blob went out in the latest try.</summary>
    private bool _moved;

    /// <summary>Runs until the registry has the blob.</summary>
    /// <param name="mountFrom">A repository of the same registry that may have it; null for none.</param>
    /// <param name="cancellationToken">Cancels the upload.</param>
    /// <returns>Whether it was mounted or sent.</returns>
    /// <exception cref="LoamException">The registry refuses it, or cannot be reached.</exception>
    public async Task<UploadOutcome> RunAsync(string? mountFrom, CancellationToken cancellationToken) =>
        await transport.Retries.RunAsync(
            token => TryAsync(mountFrom, token), cancellationToken, gained: () => _moved && _sessions < MaximumSessions).ConfigureAwait(false);

    /// <summary>Asks the registry to take the blob over from another of its repositories.</summary>
    /// <returns>Whether it did.</returns>
    /// <exception cref="LoamException">The registry cannot be reached, or refuses.</exception>
    public async Task<bool> MountAsync(string from, CancellationToken cancellationToken)
    {
        var (location, mounted) = await transport.Retries.RunAsync(
            async token => await BeginAsync(from, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        if (!mounted)
        {
            // It began an upload instead, which nobody will go on with.
            var request = new RegistryRequest(target, HttpMethod.Delete, location, Scope()) { Retry = false };
            using var response = await transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        return mounted;
    }

    private async ValueTask<UploadOutcome> TryAsync(string? mountFrom, CancellationToken cancellationToken)
    {
        _moved = false;
        if (_broken && !_inOnePiece && await FindOffsetAsync(_location!, cancellationToken).ConfigureAwait(false) is { } resumed)
        {
            (_location, _offset) = resumed;
        }
        else if (_location is null || _broken)
        {
            (_location, var mounted) = await BeginAsync(_location is null ? mountFrom : null, cancellationToken).ConfigureAwait(false);
            if (mounted)
            {
                return UploadOutcome.Mounted;
            }

            _offset = 0;
            _sessions++;
        }

        _broken = true;
        while (!_inOnePiece && _offset < blob.Size)
        {
            (_location, _offset) = await SendChunkAsync(_location!, _offset, cancellationToken).ConfigureAwait(false);
        }

        await CompleteAsync(_location!, cancellationToken).ConfigureAwait(false);
        return UploadOutcome.Uploaded;
    }

    private async Task<(Uri Location, bool Mounted)> BeginAsync(string? mountFrom, CancellationToken cancellationToken)
    {
        var mount = mountFrom is null ? "" : $"?mount={blob.Digest}&from={mountFrom}";
        var request = new RegistryRequest(target, HttpMethod.Post, target.Address($"blobs/uploads/{mount}"), Scope(mountFrom))
        {
            Body = _ => new ByteArrayContent([]),
            Retry = false,
        };
        using var response = await transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return response.StatusCode switch
        {
            HttpStatusCode.Created when mountFrom is not null => (request.Address, true),
            HttpStatusCode.Accepted => (LocationOf(response, request.Address), false),
            _ when mountFrom is not null => await BeginAsync(mountFrom: null, cancellationToken).ConfigureAwait(false),
            _ => throw await RefusalAsync(response, cancellationToken).ConfigureAwait(false),
        };
    }

    private async Task<(Uri Location, long Offset)> SendChunkAsync(Uri location, long offset, CancellationToken cancellationToken)
    {
        var length = Math.Min(ChunkBytes, blob.Size - offset);
        var request = new RegistryRequest(target, HttpMethod.Patch, location, Scope())
        {
            Body = alive =>
            {
                var content = Content(offset, length, alive);
                content.Headers.TryAddWithoutValidation("Content-Range", $"{offset}-{offset + length - 1}");
                return content;
            },
            Retry = false,
        };
        using var response = await transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        switch (response.StatusCode)
        {
            case HttpStatusCode.Accepted or HttpStatusCode.NoContent:
                var reached = EndOf(response) ?? (offset + length);
                return reached > offset && reached <= offset + length
                    ? (LocationOf(response, location), reached)
                    : throw new LoamException(
                        ErrorCodes.UploadLost, $"{Name}: the registry says that it has {reached} bytes after {offset + length} were sent");
            case HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented:
                // A registry that takes blobs only whole.
                _inOnePiece = true;
                throw new LoamException(ErrorCodes.UploadLost, $"{Name}: the registry does not accept chunks");
            case HttpStatusCode.NotFound or HttpStatusCode.RequestedRangeNotSatisfiable or HttpStatusCode.BadRequest:
                throw new LoamException(ErrorCodes.UploadLost, $"{Name}: the registry lost the upload");
            default:
                throw await RefusalAsync(response, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CompleteAsync(Uri location, CancellationToken cancellationToken)
    {
        var query = $"digest={Uri.EscapeDataString(blob.Digest.ToString())}";
        var address = new UriBuilder(location) { Query = $"{location.Query.TrimStart('?')}&{query}".TrimStart('&') }.Uri;
        var request = new RegistryRequest(target, HttpMethod.Put, address, Scope())
        {
            Body = alive => _inOnePiece ? Content(0, blob.Size, alive) : new ByteArrayContent([]),
            Retry = false,
        };
        using var response = await transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            throw new LoamException(ErrorCodes.UploadLost, $"{Name}: the registry lost the upload");
        }

        if (response.StatusCode != HttpStatusCode.Created)
        {
            throw await RefusalAsync(response, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks how far an upload has come; null where the registry does not know it any more.</summary>
    /// <exception cref="LoamException">The registry cannot be asked; that says nothing about the upload.</exception>
    private async Task<(Uri Location, long Offset)?> FindOffsetAsync(Uri location, CancellationToken cancellationToken)
    {
        var request = new RegistryRequest(target, HttpMethod.Get, location, Scope()) { Retry = false };
        using var response = await transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.NoContent && EndOf(response) is { } end && end <= blob.Size
            ? (LocationOf(response, location), end)
            : null;
    }

    private UploadContent Content(long offset, long length, Action alive)
    {
        var content = new UploadContent(open, offset, length, target.Api.Authority, alive, Report);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }

    private void Report(long done)
    {
        _moved = true;
        progress?.Report(done);
    }

    /// <summary>How many bytes the registry says it has: <c>Range: 0-N</c>, both ends included. An upload without a byte
    /// is also written <c>0-0</c>; sending its first byte again is the registry's to refuse.</summary>
    private static long? EndOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Range", out var values) && values.FirstOrDefault()?.Split('-') is [_, var last]
            && long.TryParse(last, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var end)
            ? (end == 0 ? 0 : end + 1)
            : null;

    private Uri LocationOf(HttpResponseMessage response, Uri address)
    {
        var location = response.Headers.Location is { } stated ? new Uri(address, stated) : address;
        return Origin.IsDowngrade(address, location)
            ? throw new LoamException(
                ErrorCodes.RegistryProtocol, $"{target.Api.Authority} redirects an upload to {location.Scheme}://{location.Authority}, which is not secure")
            : location;
    }

    private string Scope(string? mountFrom = null) =>
        target.Scope("pull,push") + (mountFrom is null ? "" : $" repository:{mountFrom}:pull");

    private string Name => $"{target.Location.Host}/{target.Location.Repository}: blob {blob.Digest}";

    private Task<LoamException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        RegistryFailure.FromAsync(response, ErrorCodes.RepositoryUnknown, Name, cancellationToken);
}
