using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Loam.Registry;

namespace Loam;

/// <content>What changes a registry, and what lists it (distribution-spec 1.1, "Push" and "Content Discovery").</content>
public sealed partial class RegistryClient
{
    private const int MaximumPageBytes = 8 << 20;
    private const int MaximumPages = 10_000;
    private const string DigestHeader = "Docker-Content-Digest";

    /// <summary>Whether a registry has exactly this manifest under a reference.</summary>
    /// <exception cref="LoamException">The registry cannot be asked.</exception>
    public async Task<bool> HasManifestAsync(ImageReference reference, FetchedManifest manifest, CancellationToken cancellationToken)
    {
        var target = Origin(reference);
        var request = new RegistryRequest(target, HttpMethod.Head, target.Address($"manifests/{reference.ManifestName}"), target.Scope("pull,push"))
        {
            Accept = [manifest.MediaType],
        };
        using var response = await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => DigestOf(response) == manifest.Digest,
            HttpStatusCode.NotFound => false,
            _ => throw await RegistryFailure.FromAsync(response, ErrorCodes.ManifestUnknown, reference.ToString(), cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Puts a manifest under a reference; everything that it names is there already.</summary>
    /// <exception cref="LoamException">The registry does not take it.</exception>
    public async Task<PutManifest> PutManifestAsync(ImageReference reference, FetchedManifest manifest, CancellationToken cancellationToken)
    {
        var target = Origin(reference);
        var request = new RegistryRequest(target, HttpMethod.Put, target.Address($"manifests/{reference.ManifestName}"), target.Scope("pull,push"))
        {
            Body = _ => new ReadOnlyMemoryContent(manifest.Content) { Headers = { ContentType = new MediaTypeHeaderValue(manifest.MediaType) } },
        };
        using var response = await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Created)
        {
            throw await RegistryFailure.FromAsync(response, ErrorCodes.RepositoryUnknown, reference.ToString(), cancellationToken).ConfigureAwait(false);
        }

        if (DigestOf(response) is { } stated && stated != manifest.Digest)
        {
            throw new LoamException(ErrorCodes.DigestMismatch, $"{reference}: the registry took manifest {manifest.Digest} for {stated}");
        }

        return new PutManifest(manifest.Digest, SubjectKnown: response.Headers.Contains("OCI-Subject"));
    }

    /// <summary>The tags of a repository, in the registry's order, page by page.</summary>
    /// <exception cref="LoamException">The registry cannot be asked, or has no such repository.</exception>
    public async IAsyncEnumerable<string> ListTagsAsync(ImageReference repository, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var target = Origin(repository);
        var next = target.Address("tags/list?n=1000");
        for (var page = 0; next is not null && page < MaximumPages; page++)
        {
            var request = new RegistryRequest(target, HttpMethod.Get, next, target.Scope("pull"));
            using var response = await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw await RegistryFailure.FromAsync(response, ErrorCodes.RepositoryUnknown, $"{repository.Registry}/{repository.Repository}", cancellationToken).ConfigureAwait(false);
            }

            var body = await ReadAsync(response, MaximumPageBytes, repository, cancellationToken).ConfigureAwait(false);
            foreach (var tag in ParseTags(body, repository))
            {
                yield return tag;
            }

            next = NextPage(response, next);
        }
    }

    internal async Task<bool> HasBlobAsync(RegistryTarget target, Digest digest, CancellationToken cancellationToken)
    {
        var request = new RegistryRequest(target, HttpMethod.Head, target.Address($"blobs/{digest}"), target.Scope("pull,push"));
        using var response = await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => true,
            HttpStatusCode.NotFound => false,
            _ => throw await RegistryFailure.FromAsync(response, ErrorCodes.BlobUnknown, $"{target.Location.Host}/{target.Location.Repository}: blob {digest}", cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Uploads a blob unless the registry has it.</summary>
    /// <param name="reference">The repository.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="open">Opens its bytes; they can seek.</param>
    /// <param name="mountFrom">A repository of the same registry that may have it; null for none.</param>
    /// <param name="progress">Told how many bytes have gone out.</param>
    /// <param name="cancellationToken">Ends the upload.</param>
    internal Task<UploadOutcome> UploadAsync(
        ImageReference reference, Descriptor blob, Func<Stream> open, string? mountFrom, Action<long> progress, CancellationToken cancellationToken) =>
        new BlobUpload(this, _options, Origin(reference), blob, open, progress).RunAsync(mountFrom, cancellationToken);

    private static Digest? DigestOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues(DigestHeader, out var values) && Digest.TryParse(values.FirstOrDefault(), out var digest) ? digest : null;

    private static IEnumerable<string> ParseTags(byte[] body, ImageReference repository)
    {
        try
        {
            return JsonSerializer.Deserialize(body, RegistryJson.Default.TagPage)?.Tags?.OfType<string>() ?? [];
        }
        catch (JsonException e)
        {
            throw new LoamException(ErrorCodes.RegistryProtocol, $"{repository.Registry} answered with something that is no list of tags", e);
        }
    }

    /// <summary>Where the next page is: <c>Link: &lt;address&gt;; rel="next"</c> (RFC 8288); only ever on the same registry.</summary>
    private static Uri? NextPage(HttpResponseMessage response, Uri page)
    {
        var link = response.Headers.TryGetValues("Link", out var values) ? values.FirstOrDefault(value => value.Contains("next", StringComparison.Ordinal)) : null;
        var (from, to) = (link?.IndexOf('<', StringComparison.Ordinal) ?? -1, link?.IndexOf('>', StringComparison.Ordinal) ?? -1);
        return from >= 0 && to > from && Uri.TryCreate(page, link![(from + 1)..to], out var next) && Registry.Origin.IsSame(next, page) ? next : null;
    }
}

/// <summary>A manifest that a registry took.</summary>
/// <param name="Digest">Its digest.</param>
/// <param name="SubjectKnown">Whether the registry says that it lists the manifest as a referrer of its subject.</param>
public sealed record PutManifest(Digest Digest, bool SubjectKnown);
