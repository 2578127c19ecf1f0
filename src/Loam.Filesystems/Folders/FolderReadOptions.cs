namespace Loam.Filesystems;

/// <summary>What of a folder of this host is read, and as whose.</summary>
public sealed record FolderReadOptions
{
    /// <summary>Patterns of what is left out, each with all below it. A pattern without a slash, or with one at its end alone,
    /// stands for a name anywhere (<c>*.o</c>, <c>node_modules/</c>); any other for a path from the folder on
    /// (<c>/tmp/*</c>, <c>src/**/obj</c>). <c>?</c> is a character, <c>*</c> any within a name, <c>**</c> any, also slashes;
    /// <c>\</c> takes the next as it is; a slash at the end means folders only.</summary>
    public IReadOnlyList<string> Excludes { get; init; } = [];

    /// <summary>Whether all files become root's, user 0 and group 0.</summary>
    public bool OwnedByRoot { get; init; }

    /// <summary>Whether extended attributes are read.</summary>
    public bool KeepXAttrs { get; init; } = true;

    /// <summary>Whether folders and files that their owner may not read are made readable for it. The modes that the tree has
    /// are those from before.</summary>
    public bool MakeReadable { get; init; }
}
