using System.Collections.Concurrent;
using Loam.Telemetry;
using Microsoft.Extensions.Logging;

namespace Loam.Registry;

/// <summary>Asks the places that have a repository's content, one after the other: mirrors first, the registry itself last.</summary>
internal sealed partial class MirrorOrder(RegistryOptions options, ILogger logger)
{
    /// <summary>Mirrors that did not answer, or gave wrong content; nobody asks them again.</summary>
    private readonly ConcurrentDictionary<Uri, bool> _passedOver = new();

    /// <summary>The registry itself.</summary>
    public RegistryTarget Origin(ImageReference reference) =>
        RegistryTarget.Of(Locations(reference).LastOrDefault(location => !location.IsMirror) ?? Own(reference), options);

    /// <summary>Asks each place until one has what is wanted.</summary>
    /// <exception cref="LoamException">What the last of them says.</exception>
    public async Task<T> AskAsync<T>(ImageReference reference, Func<RegistryTarget, Task<T>> ask)
    {
        foreach (var mirror in Locations(reference).Where(location => location.IsMirror))
        {
            var target = RegistryTarget.Of(mirror, options);
            if (_passedOver.ContainsKey(target.Api))
            {
                continue;
            }

            try
            {
                return await ask(target).ConfigureAwait(false);
            }
            catch (LoamException e) when (e.Code.Class is not (ErrorClass.Usage or ErrorClass.Interrupted))
            {
                LogMiss(target.Api.Authority, reference.ToString(), e.Code.Name);
                if (e.Code.Class is ErrorClass.Network or ErrorClass.Corrupt)
                {
                    PassOver(target);
                }
            }
        }

        return await ask(Origin(reference)).ConfigureAwait(false);
    }

    /// <summary>Asks a mirror no more.</summary>
    public void PassOver(RegistryTarget target)
    {
        if (target.Location.IsMirror)
        {
            _passedOver[target.Api] = true;
        }
    }

    private IReadOnlyList<RegistryLocation> Locations(ImageReference reference) =>
        options.Locations?.Invoke(reference) ?? [Own(reference)];

    private static RegistryLocation Own(ImageReference reference) => new(reference.Registry, reference.Repository);

    [LoggerMessage(EventId = EventNumbers.MirrorPassedOver, Level = LogLevel.Debug, Message = "mirror {Mirror} skipped for {Reference}: {Code}")]
    private partial void LogMiss(string mirror, string reference, string code);
}
