namespace Loam.Store;

/// <summary>A disk that is whole and on stable storage, and visible from <see cref="Publish"/> on. Until it is disposed,
/// others who want the same disk wait.</summary>
/// <param name="slot">Where it was made.</param>
/// <param name="record">Its record.</param>
/// <param name="publish">Makes it visible; null where it was in the store before.</param>
internal sealed class StagedDisk(StagingSlot slot, DiskRecord record, Action? publish) : IDisposable
{
    private bool _published;

    /// <summary>What it is and where it came from.</summary>
    public DiskRecord Record => record;

    /// <summary>Whether it was made just now.</summary>
    public bool IsNew => publish is not null;

    /// <summary>Makes it visible, once.</summary>
    public void Publish()
    {
        if (!_published)
        {
            publish?.Invoke();
            _published = true;
        }
    }

    /// <summary>Lets others have it; what is not visible yet is gone.</summary>
    public void Dispose() => slot.Dispose();
}
