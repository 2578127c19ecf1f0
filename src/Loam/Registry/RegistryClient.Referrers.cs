using System.Net;
using System.Text.Json;
using Loam.Images;
using Loam.Registry;

namespace Loam;

/// <content>What refers to a manifest (distribution-spec 1.1, "Listing Referrers", "Pushing Manifests with Subject",
/// "Referrers Tag Schema").</content>
public sealed partial class RegistryClient
{
    private const int MostReferrers = 10_000;

    /// <summary>The artifacts of one type that refer to a manifest.</summary>
    /// <exception cref="LoamException">The registry cannot be asked, or answers with something else.</exception>
    public Task<IReadOnlyList<Descriptor>> GetReferrersAsync(ImageReference repository, Digest subject, string artifactType, CancellationToken cancellationToken) =>
        _places.AskAsync(repository.WithDigest(subject), async target =>
        {
            var index = await GetReferrersIndexAsync(target, repository, subject, artifactType, cancellationToken).ConfigureAwait(false)
                ?? await GetReferrersTagAsync(target, repository, subject, cancellationToken).ConfigureAwait(false);
            return (IReadOnlyList<Descriptor>)[.. (index?.Manifests ?? []).Where(referrer => referrer.ArtifactType == artifactType)];
        });

    /// <summary>Puts a manifest that refers to another, and lists it under the other's referrers where the registry itself
    /// does not.</summary>
    /// <exception cref="LoamException">The registry does not take it.</exception>
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
        if (put.SubjectKnown || await GetReferrersIndexAsync(target, repository, subject.Digest, artifactType, cancellationToken).ConfigureAwait(false) is not null)
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
        await PutManifestAsync(TagOf(repository, subject.Digest), new FetchedManifest(MediaTypes.OciIndex, Digest.Sha256(content), content), cancellationToken)
            .ConfigureAwait(false);
    }

    private static ImageReference TagOf(ImageReference repository, Digest subject) =>
        ImageReference.Parse($"{repository.Registry}/{repository.Repository}:{subject.Algorithm}-{subject.Hex}");

    /// <summary>Asks the Referrers API; null where the registry has none.</summary>
    private async Task<ImageIndex?> GetReferrersIndexAsync(
        RegistryTarget target, ImageReference repository, Digest subject, string artifactType, CancellationToken cancellationToken)
    {
        var referrers = new List<Descriptor>();
        var next = target.Address($"referrers/{subject}?artifactType={Uri.EscapeDataString(artifactType)}");
        while (next is not null && referrers.Count < MostReferrers)
        {
            var request = new RegistryRequest(target, HttpMethod.Get, next, target.Scope("pull")) { Accept = [MediaTypes.OciIndex] };
            using var response = await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.BadRequest)
            {
                return null;
            }

            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw await RegistryFailure.FromAsync(response, ErrorCodes.ManifestUnknown, $"{repository}: referrers", cancellationToken).ConfigureAwait(false);
            }

            referrers.AddRange(ImageIndex.Parse(await ReadAsync(response, ImageManifest.MaximumBytes, repository, cancellationToken).ConfigureAwait(false)).Manifests);
            next = NextPage(response, next);
        }

        return new ImageIndex(referrers);
    }

    private async Task<ImageIndex?> GetReferrersTagAsync(RegistryTarget target, ImageReference repository, Digest subject, CancellationToken cancellationToken)
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
