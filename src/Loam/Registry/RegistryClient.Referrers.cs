using System.Net;
using System.Text.Json;
using Loam.Images;
using Loam.Registry;

namespace Loam;

/// <content>What refers to a manifest (distribution-spec 1.1, "Listing Referrers", "Pushing Manifests with Subject",
/// "Referrers Tag Schema").</content>
public partial class RegistryClient
{
    private const int MaximumReferrers = 10_000;

    /// <summary>Lists the artifacts of one type that refer to a manifest.</summary>
    /// <param name="repository">The repository; tag and digest do not matter.</param>
    /// <param name="subject">The digest of the manifest.</param>
    /// <param name="artifactType">The type of the artifacts.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Their descriptors; none where nothing of the type refers to it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="repository"/> is null.</exception>
    /// <exception cref="LoamException">The registry cannot be reached, or answers with something else.</exception>
    public virtual Task<IReadOnlyList<Descriptor>> GetReferrersAsync(
        ImageReference repository, Digest subject, string artifactType, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentException.ThrowIfNullOrEmpty(artifactType);
        return _transport.Places.AskAsync(repository.WithDigest(subject), async target =>
        {
            var index = await GetReferrersIndexAsync(target, repository, subject, artifactType, cancellationToken).ConfigureAwait(false)
                ?? await GetReferrersTagAsync(target, repository, subject, cancellationToken).ConfigureAwait(false);
            return (IReadOnlyList<Descriptor>)[.. (index?.Manifests ?? []).Where(referrer => referrer.ArtifactType == artifactType)];
        });
    }

    /// <summary>Puts a manifest that refers to another, and lists it under the other's referrers where the registry itself
    /// does not.</summary>
    /// <exception cref="LoamException">The registry refuses it, or cannot be reached.</exception>
    internal async Task PutReferrerAsync(
        ImageReference repository,
        FetchedManifest manifest,
        Descriptor subject,
        string artifactType,
        IReadOnlyDictionary<string, string> annotations,
        CancellationToken cancellationToken)
    {
        var put = await PutManifestAsync(repository.WithDigest(manifest.Digest), manifest, cancellationToken).ConfigureAwait(false);
        var target = Origin(repository);
        if (put.SubjectKnown
            || await GetReferrersIndexAsync(target, repository, subject.Digest, artifactType, cancellationToken).ConfigureAwait(false) is not null)
        {
            return;
        }

        var listed = await GetReferrersTagAsync(target, repository, subject.Digest, cancellationToken).ConfigureAwait(false);
        var own = new Descriptor
        {
            MediaType = manifest.MediaType,
            Digest = manifest.Digest,
            Size = manifest.Content.Length,
            ArtifactType = artifactType,
            Annotations = annotations,
        };
        var all = (listed?.Manifests ?? []).Where(other => other.Digest != own.Digest).Append(own).ToList();
        var content = JsonSerializer.SerializeToUtf8Bytes(new LayoutIndexFile(2, MediaTypes.OciIndex, all), OciJson.Default.LayoutIndexFile);
        var index = new FetchedManifest(MediaTypes.OciIndex, Digest.Sha256(content), content);
        await PutManifestAsync(TagOf(repository, subject.Digest), index, cancellationToken).ConfigureAwait(false);
    }

    private static ImageReference TagOf(ImageReference repository, Digest subject) =>
        ImageReference.Parse($"{repository.Registry}/{repository.Repository}:{subject.Algorithm}-{subject.Hex}");

    /// <summary>Asks the Referrers API; null where the registry has none.</summary>
    private async Task<ImageIndex?> GetReferrersIndexAsync(
        RegistryTarget target, ImageReference repository, Digest subject, string artifactType, CancellationToken cancellationToken)
    {
        var referrers = new List<Descriptor>();
        var next = target.Address($"referrers/{subject}?artifactType={Uri.EscapeDataString(artifactType)}");
        while (next is not null && referrers.Count < MaximumReferrers)
        {
            var request = new RegistryRequest(target, HttpMethod.Get, next, target.Scope("pull")) { Accept = [MediaTypes.OciIndex] };
            using var response = await _transport.Sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.BadRequest)
            {
                return null;
            }

            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw await RefusalAsync(response, ErrorCodes.ManifestUnknown, $"{repository}: referrers", cancellationToken).ConfigureAwait(false);
            }

            var page = await ReadAsync(response, ImageManifest.MaximumBytes, repository, cancellationToken).ConfigureAwait(false);
            referrers.AddRange(ImageIndex.Parse(page).Manifests);
            next = NextPage(response, next);
        }

        return new ImageIndex(referrers);
    }

    private async Task<ImageIndex?> GetReferrersTagAsync(
        RegistryTarget target, ImageReference repository, Digest subject, CancellationToken cancellationToken)
    {
        try
        {
            var index = await GetManifestAsync(target, TagOf(repository, subject), [MediaTypes.OciIndex], cancellationToken).ConfigureAwait(false);
            return ImageIndex.Parse(index.Content.Span);
        }
        catch (LoamException e) when (e.Code.Class == ErrorClass.NotFound)
        {
            return null;
        }
    }
}
