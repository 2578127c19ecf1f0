using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Loam.Registry;

namespace Loam;

/// <content>The contents of a repository (distribution-spec 1.1, "Content Discovery").</content>
public partial class RegistryClient
{
    private const int MaximumPageBytes = 8 << 20;
    private const int MaximumPages = 10_000;

    /// <summary>Lists the tags of a repository, in the registry's order, page by page.</summary>
    /// <param name="repository">The repository; tag and digest do not matter.</param>
    /// <param name="cancellationToken">Cancels the wait for the next page.</param>
    /// <returns>The tags; the next page is requested when the one before it has been read.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="repository"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.RepositoryUnknown"/>, or the registry cannot be reached.</exception>
    public virtual IAsyncEnumerable<string> ListTagsAsync(ImageReference repository, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        return ListAsync(repository, cancellationToken);
    }

    private async IAsyncEnumerable<string> ListAsync(ImageReference repository, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var target = Origin(repository);
        var next = target.Address("tags/list?n=1000");
        for (var page = 0; next is not null && page < MaximumPages; page++)
        {
            var request = new RegistryRequest(target, HttpMethod.Get, next, target.Scope("pull"));
            using var response = await _transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                var what = $"{repository.Registry}/{repository.Repository}";
                throw await RefusalAsync(response, ErrorCodes.RepositoryUnknown, what, cancellationToken).ConfigureAwait(false);
            }

            var body = await ReadAsync(response, MaximumPageBytes, repository, cancellationToken).ConfigureAwait(false);
            foreach (var tag in ParseTags(body, repository))
            {
                yield return tag;
            }

            next = NextPage(response, next);
        }
    }

    private static IEnumerable<string> ParseTags(byte[] body, ImageReference repository)
    {
        try
        {
            return JsonSerializer.Deserialize(body, RegistryJson.Default.TagPage)?.Tags?.OfType<string>() ?? [];
        }
        catch (JsonException e)
        {
            throw new LoamException(ErrorCodes.RegistryProtocol, $"{repository.Registry} did not answer with a list of tags", e);
        }
    }

    /// <summary>Where the next page is: <c>Link: &lt;address&gt;; rel="next"</c> (RFC 8288); only ever on the same registry.</summary>
    private static Uri? NextPage(HttpResponseMessage response, Uri page)
    {
        var link = response.Headers.TryGetValues("Link", out var values)
            ? values.FirstOrDefault(value => value.Contains("next", StringComparison.Ordinal))
            : null;
        var (from, to) = (link?.IndexOf('<', StringComparison.Ordinal) ?? -1, link?.IndexOf('>', StringComparison.Ordinal) ?? -1);
        return from >= 0 && to > from && Uri.TryCreate(page, link![(from + 1)..to], out var next) && Registry.Origin.IsSame(next, page) ? next : null;
    }
}
