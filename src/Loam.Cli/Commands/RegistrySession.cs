namespace Loam.Cli.Commands;

/// <summary>A client of registries, and the settings it works by.</summary>
internal sealed record RegistrySession(RegistryClient Client, LoamConfiguration Configuration)
{
    /// <summary>The image that a user's name means. A name without a registry may mean one in several, as
    /// registries.conf says; the first that has it is meant.</summary>
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
                await Console.Error.WriteLineAsync($"loam: {candidate}: {e.Code.Name}").ConfigureAwait(false);
            }
        }

        return candidates[^1];
    }
}
