using System.CommandLine;
using Loam.Cli.Options;

namespace Loam.Cli.Commands;

/// <summary>Finds the image that a workspace is to be made from, with its disk.</summary>
internal sealed class ImageFinder(GlobalOptions global, RegistryAccessOptions access)
{
    /// <summary>An image of the store, whose disk is built if it has none; else the image is pulled.</summary>
    public async Task<ImageRecord> FindOrPullAsync(ParseResult parsed, ImageStore store, string name, CancellationToken cancellationToken)
    {
        var stored = FindStored(store, name);
        if (stored is { SizeBytes: > 0 })
        {
            return stored;
        }

        var display = global.Display(parsed);
        if (stored is not null && store.HasWithoutDisk(ImageReference.Parse(stored.ImageRef)))
        {
            return await display.RunAsync(progress => new StoredImageDisk(store).MakeAsync(stored.ImageRef, progress, cancellationToken)).ConfigureAwait(false);
        }

        var pulled = await access.RunAsync(
            parsed,
            async registry =>
            {
                var reference = await registry.ResolveAsync(name, cancellationToken).ConfigureAwait(false);
                var puller = new ImagePuller(store, registry.Client);
                return await display.RunAsync(progress => puller.PullAsync(reference, new PullOptions(), progress, cancellationToken)).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        return pulled.Image;
    }

    private static ImageRecord? FindStored(ImageStore store, string name)
    {
        try
        {
            return store.Find(name, Platform.Host);
        }
        catch (LoamException e) when (e.Code.Class == ErrorClass.NotFound)
        {
            return null;
        }
    }
}
