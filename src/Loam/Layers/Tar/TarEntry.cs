using Loam.Filesystems;

namespace Loam.Layers;

/// <summary>What a tar entry is.</summary>
internal enum TarType : byte
{
    RegularFile,
    HardLink,
    SymbolicLink,
    CharacterDevice,
    BlockDevice,
    Directory,
    Fifo,
}

/// <summary>Bytes of a sparse file that are stored; what lies between ranges is a hole.</summary>
internal readonly record struct SparseRange(long Offset, long Length);

/// <summary>One entry of a tar archive, with everything that extended headers say about it already applied.</summary>
internal sealed record TarEntry
{
    public required TarType Type { get; init; }

    /// <summary>The name as stated, any bytes.</summary>
    public required byte[] Path { get; init; }

    /// <summary>The target of a link as stated, any bytes.</summary>
    public byte[] LinkTarget { get; init; } = [];

    /// <summary>The file's length, holes included.</summary>
    public long Size { get; init; }

    /// <summary>How many bytes of content the archive stores.</summary>
    public long StoredSize { get; init; }

    /// <summary>Where stored bytes belong in a sparse file; null for a plain one.</summary>
    public IReadOnlyList<SparseRange>? Sparse { get; init; }

    /// <summary>The low twelve mode bits.</summary>
    public ushort Permissions { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public Timestamp Modified { get; init; }

    public uint DeviceMajor { get; init; }

    public uint DeviceMinor { get; init; }

    public IReadOnlyList<XAttr> XAttrs { get; init; } = [];
}
