namespace Loam;

/// <summary>What an operation is doing.</summary>
public enum WorkPhase
{
    /// <summary>What there is to do is known: how many layers there are, and how many bytes all of them have; done are the
    /// bytes that need not be moved.</summary>
    Plan,

    /// <summary>A layer, or another blob, need not be moved: it is already where it is needed.</summary>
    Present,

    /// <summary>Another process works on the same thing; see <see cref="WorkProgress.Wait"/>.</summary>
    Wait,

    /// <summary>An archive is being read; counted in bytes as they are in the file.</summary>
    Read,

    /// <summary>A disk is being fetched; counted in its bytes, those in the store included.</summary>
    FetchDisk,

    /// <summary>A layer's blob is arriving; counted in compressed bytes.</summary>
    Download,

    /// <summary>A layer is being applied to the tree; counted in compressed bytes.</summary>
    Apply,

    /// <summary>The disk's metadata is being written; counted in inodes.</summary>
    Finish,

    /// <summary>The finished disk is being hashed; counted in bytes.</summary>
    Hash,

    /// <summary>A blob is being sent; counted in bytes.</summary>
    Upload,

    /// <summary>An archive is being written; counted in bytes of blobs as the store has them.</summary>
    Save,

    /// <summary>A disk is being sent; counted in its bytes, those that need not be sent included.</summary>
    SendDisk,

    /// <summary>A disk is being read into a layer or an archive; counted in bytes of its files' blocks.</summary>
    Commit,

    /// <summary>A layer is being read through; counted in compressed bytes.</summary>
    Scan,

    /// <summary>The contents of the store are being hashed; counted in bytes.</summary>
    Check,

    /// <summary>A disk is being copied; counted in bytes that are not in holes.</summary>
    Copy,
}

/// <summary>How far a step of an operation has come.</summary>
/// <param name="Phase">Which step.</param>
/// <param name="Layer">The layer's place from the bottom, from 0; null where it is not about a layer.</param>
/// <param name="Digest">The digest of the layer, or of another blob; null for the image or the disk as a whole.</param>
/// <param name="Done">Units done; their kind depends on the phase.</param>
/// <param name="Total">Units in all.</param>
public readonly record struct WorkProgress(WorkPhase Phase, int? Layer, Digest? Digest, long Done, long Total)
{
    /// <summary>The call that reports. Listeners always get one.</summary>
    public WorkOperation? Operation { get; init; }

    /// <summary>How many layers the operation has to do with; null as long as that is not known.</summary>
    public int? Layers { get; init; }

    /// <summary>What is waited for, where <see cref="Phase"/> is <see cref="WorkPhase.Wait"/>.</summary>
    public StoreWait? Wait { get; init; }
}
