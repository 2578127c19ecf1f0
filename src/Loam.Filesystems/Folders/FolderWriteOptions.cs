namespace Loam.Filesystems;

/// <summary>What of a tree becomes files of this host.</summary>
public sealed record FolderWriteOptions
{
    /// <summary>Whether files are given to the owners that the tree says, which takes root. Else they are the current user's, and
    /// the bits that would run them as their owner are not set.</summary>
    public bool KeepOwners { get; init; } = true;

    /// <summary>Whether extended attributes are set.</summary>
    public bool KeepXAttrs { get; init; } = true;

    /// <summary>Whether devices, pipes and sockets are made.</summary>
    public bool KeepSpecialFiles { get; init; } = true;
}

/// <summary>What was written, and what could not be.</summary>
/// <param name="Files">Names that were made, the folder's own too.</param>
/// <param name="OwnersLeftOut">Files that could not be given to their owners; without root they are the current user's, and
/// cannot run as another user.</param>
/// <param name="XAttrsLeftOut">Attributes that could not be set, because only root may or the file system cannot.</param>
/// <param name="SpecialFilesLeftOut">Devices, pipes and sockets that were not made, because only root may or the options say so.</param>
public sealed record FolderWriteSummary(long Files, long OwnersLeftOut, long XAttrsLeftOut, long SpecialFilesLeftOut)
{
    /// <summary>How many things were left out in all.</summary>
    public long LeftOut => OwnersLeftOut + XAttrsLeftOut + SpecialFilesLeftOut;
}
