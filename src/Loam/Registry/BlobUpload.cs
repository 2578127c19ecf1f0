using System.Net;
using System.Net.Http.Headers;

namespace Loam.Registry;

/// <summary>
/// Uploads one blob (distribution-spec 1.1, "Push"): not at all where the registry has it, by mounting where a sibling
/// repository has it, else in chunks, going on after a break with the first byte that the registry does not have. A
/// registry that forgets an upload whose chunk broke off, as Docker's does, gets all of it again.
/// </summary>
internal sealed class BlobUpload(
    RegistryClient client, RegistryOptions options, RegistryTarget target, Descriptor blob, Func<Stream> open, Action<long> progress)
{
    /// <summary>Up to this many bytes go in one request.</summary>
    private const long MonolithicBytes = 4 << 20;

    private const long ChunkBytes = 32 << 20;
    private const int MaximumSessions = 100;

    private bool _inOnePiece = blob.Size <= MonolithicBytes;

    /// <summary>Whether bytes of the blob went out since the last failure.</summary>
    private bool _moved;

    /// <summary>Runs until the registry has the blob.</summary>
    /// <param name="mountFrom">A repository of the same registry that may have it; null for none.</param>
    /// <param name="cancellationToken">Ends the upload.</param>
    /// <exception cref="LoamException">The registry does not take it.</exception>
    public async Task<UploadOutcome> RunAsync(string? mountFrom, CancellationToken cancellationToken)
    {
        if (await client.HasBlobAsync(target, blob.Digest, cancellationToken).ConfigureAwait(false))
        {
            return UploadOutcome.Present;
        }

        var (location, mounted) = await BeginAsync(mountFrom, cancellationToken).ConfigureAwait(false);
        if (mounted)
        {
            return UploadOutcome.Mounted;
        }

        var offset = 0L;
        for (int fruitless = 0, sessions = 1; ;)
        {
            _moved = false;
            try
            {
                while (!_inOnePiece && offset < blob.Size)
                {
                    (location, offset) = await SendChunkAsync(location, offset, cancellationToken).ConfigureAwait(false);
                }

                await CompleteAsync(location, cancellationToken).ConfigureAwait(false);
                return UploadOutcome.Uploaded;
            }
            catch (LoamException e) when (MayPass(e.Code) && fruitless < options.Retries && sessions < MaximumSessions)
            {
                fruitless = _moved ? 0 : fruitless + 1;
                await Task.Delay(options.RetryDelay * Math.Pow(2, fruitless), cancellationToken).ConfigureAwait(false);
                var resumed = _inOnePiece ? null : await FindOffsetAsync(location, cancellationToken).ConfigureAwait(false);
                if (resumed is null)
                {
                    sessions++;
                    (location, _) = await BeginAsync(mountFrom: null, cancellationToken).ConfigureAwait(false);
                }

                (location, offset) = resumed ?? (location, 0);
            }
        }
    }

    private static bool MayPass(ErrorCode code) =>
        code.Class == ErrorClass.Network || code == ErrorCodes.UploadLost;

    private async Task<(Uri Location, bool Mounted)> BeginAsync(string? mountFrom, CancellationToken cancellationToken)
    {
        var mount = mountFrom is null ? "" : $"?mount={blob.Digest}&from={mountFrom}";
        var request = new RegistryRequest(target, HttpMethod.Post, target.Address($"blobs/uploads/{mount}"), Scope(mountFrom))
        {
            Body = _ => new ByteArrayContent([]),
        };
        using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
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
        using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        switch (response.StatusCode)
        {
            case HttpStatusCode.Accepted or HttpStatusCode.NoContent:
                var reached = EndOf(response) ?? (offset + length);
                return reached > offset && reached <= offset + length
                    ? (LocationOf(response, location), reached)
                    : throw new LoamException(ErrorCodes.UploadLost, $"{Name}: the registry says it has {reached} bytes after {offset + length} were sent");
            case HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented:
                // A registry that takes blobs only whole.
                _inOnePiece = true;
                throw new LoamException(ErrorCodes.UploadLost, $"{Name}: the registry takes no chunks");
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
        using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
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
    private async Task<(Uri Location, long Offset)?> FindOffsetAsync(Uri location, CancellationToken cancellationToken)
    {
        var request = new RegistryRequest(target, HttpMethod.Get, location, Scope());
        try
        {
            using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return response.StatusCode == HttpStatusCode.NoContent && EndOf(response) is { } end && end <= blob.Size
                ? (LocationOf(response, location), end)
                : null;
        }
        catch (LoamException e) when (MayPass(e.Code))
        {
            return null;
        }
    }

    private UploadContent Content(long offset, long length, Action alive)
    {
        var content = new UploadContent(open, offset, length, alive, Report);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }

    private void Report(long done)
    {
        _moved = true;
        progress(done);
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
            ? throw new LoamException(ErrorCodes.RegistryProtocol, $"{target.Api.Authority} wants an upload to go on at {location.Scheme}://{location.Authority}, which is not secure")
            : location;
    }

    private string Scope(string? mountFrom = null) =>
        target.Scope("pull,push") + (mountFrom is null ? "" : $" repository:{mountFrom}:pull");

    private string Name => $"{target.Location.Host}/{target.Location.Repository}: blob {blob.Digest}";

    private Task<LoamException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        RegistryFailure.FromAsync(response, ErrorCodes.RepositoryUnknown, Name, cancellationToken);
}
