using Loam.Cli.Output;

namespace Loam.Cli.Options;

/// <summary>A client of registries, and the settings it works by.</summary>
internal sealed record RegistrySession(RegistryClient Client, LoamConfiguration Configuration)
{
    /// <summary>The image that a name means. A name without a registry may mean an image in one of several registries, as
    /// registries.conf says; the first registry that has it wins.</summary>
    public async Task<ImageReference> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        var candidates = Configuration.Candidates(name);
        foreach (var candidate in candidates.SkipLast(1))
        {
            try
            {
                await Client.GetManifestAsync(candidate, cancellationToken).ConfigureAwait(false);
                return candidate;
            }
            catch (LoamException e) when (e.Code.Class is ErrorClass.NotFound or ErrorClass.Authentication or ErrorClass.Network)
            {
                await Notices.TellAsync($"{candidate}: {e.Code.Name}").ConfigureAwait(false);
            }
        }

        return candidates[^1];
    }
}
