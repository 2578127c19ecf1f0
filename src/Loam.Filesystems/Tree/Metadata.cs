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
}
