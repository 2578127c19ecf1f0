using System.Text.Json;
using Loam.Files;

namespace Loam.Store;

/// <summary>
/// <c>index.json</c>, the one source of names (OCI image-spec, <c>image-layout.md</c>). A name and a platform together are
/// unique.
/// </summary>
internal sealed class LayoutIndex(StatePaths paths, StagingArea staging, StableStorage storage)
{
    /// <summary>What the names are called while they are being changed.</summary>
    public const string Stem = "index";

    private const int MaximumBytes = 256 << 20;

    /// <summary>The names, as they stand now.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.StoreDamaged"/>.</exception>
    public IReadOnlyList<NamedImage> Read()
    {
        var file = new FileInfo(paths.Index);
        if (!file.Exists)
        {
            return [];
        }

        if (file.Length > MaximumBytes)
        {
            throw Damaged($"{file.Length} bytes", null);
        }

        try
        {
            return LayoutIndexReader.Read(File.ReadAllBytes(paths.Index));
        }
        catch (JsonException e)
        {
            throw Damaged(e.Message, e);
        }
    }

    /// <summary>Changes the names in one step that no other process can interleave with.</summary>
    public async Task UpdateAsync(Func<IReadOnlyList<NamedImage>, IReadOnlyList<NamedImage>> change, CancellationToken cancellationToken)
    {
        using var slot = await staging.ReserveAsync(Stem, cancellationToken).ConfigureAwait(false);
        var before = Read();
        var after = change(before);
        if (!ReferenceEquals(before, after))
        {
            AtomicFile.Write(slot.Temporary, paths.Index, LayoutIndexWriter.Write(after).Span, storage);
        }
    }

    private LoamException Damaged(string why, Exception? inner) =>
        new(ErrorCodes.StoreDamaged, $"{paths.Index} cannot be read: {why}", inner);
}
