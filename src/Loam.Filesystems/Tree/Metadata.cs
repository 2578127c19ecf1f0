namespace Loam.Filesystems;

/// <summary>What a file is apart from its content and its names.</summary>
/// <param name="Permissions">The low twelve mode bits: setuid, setgid, sticky, and rwx three times.</param>
/// <param name="Uid">The owner, 0 to 2³²−1.</param>
/// <param name="Gid">The group, 0 to 2³²−1.</param>
/// <param name="Modified">The time of the last change of content.</param>
/// <param name="XAttrs">The extended attributes.</param>
public readonly record struct Metadata(ushort Permissions, uint Uid, uint Gid, Timestamp Modified, XAttrs XAttrs)
{
    /// <summary>A directory that no layer names: <c>0755</c>, root's, of the epoch.</summary>
    public static Metadata ImpliedDirectory { get; } = new(0b111_101_101, 0, 0, Timestamp.Epoch, XAttrs.None);

    /// <summary>A file of no particular kind: <c>0644</c>, root's, of the epoch.</summary>
    public static Metadata File { get; } = ImpliedDirectory with { Permissions = 0b110_100_100 };

    /// <summary>The extended attributes; never null.</summary>
    public XAttrs XAttrs { get => field ?? XAttrs.None; init; } = XAttrs;

    /// <summary>The permissions as .NET has them.</summary>
    public UnixFileMode Mode => (UnixFileMode)Permissions;

    /// <summary>Makes metadata of what .NET has.</summary>
    /// <param name="mode">The permissions.</param>
    /// <param name="uid">The owner.</param>
    /// <param name="gid">The group.</param>
    /// <param name="modified">The time of the last change of content; the epoch where it is not stated.</param>
    /// <param name="xattrs">The extended attributes; null for none.</param>
    /// <returns>The metadata.</returns>
    public static Metadata Create(UnixFileMode mode, uint uid = 0, uint gid = 0, Timestamp modified = default, XAttrs? xattrs = null) =>
        new((ushort)mode, uid, gid, modified, xattrs ?? XAttrs.None);
}
