using Loam.Filesystems;

namespace Loam.Layers;

/// <summary>
/// Reads tar archives as container tools write them: v7, ustar, PAX, GNU. Names, link targets and attribute values are
/// bytes and stay as they are. Use: <see cref="Next"/>, then <see cref="ReadContent"/> as often as wanted.
/// </summary>
internal sealed class TarReader(Stream source, LayerLimits limits, long budget)
{
    private readonly TarInput _input = new(source, budget);
    private PaxRecords _global = new();
    private long _unread;
    private long _padding;

    /// <summary>How many bytes of the archive were read.</summary>
    public long Position => _input.Position;

    /// <summary>Where the latest entry's first header stands in the archive.</summary>
    public long EntryOffset { get; private set; }

    /// <summary>Goes on to the next entry; null at the end of the archive, after which only zeros came.</summary>
    public TarEntry? Next()
    {
        _input.Skip(_unread + _padding);
        _unread = _padding = 0;
        EntryOffset = _input.Position;
        var pending = new Pending(_global);
        while (true)
        {
            var header = _input.ReadBlock();
            if (header.IsEmpty || !header.ContainsAnyExcept((byte)0))
            {
                return End(header.IsEmpty, pending);
            }

            TarHeader.Verify(header);
            var stored = TarHeader.Size(header);
            if (stored < 0)
            {
                throw TarException.Damaged("a size is negative");
            }

            switch (TarHeader.Type(header))
            {
                case (byte)'x':
                    pending.Pax.Read(ReadHeaderData(stored), limits);
                    break;
                case (byte)'g':
                    _global = _global.Copy();
                    _global.Read(ReadHeaderData(stored), limits);
                    pending = new Pending(_global);
                    break;
                case (byte)'L':
                    pending.LongName = TrimNul(ReadHeaderData(stored));
                    break;
                case (byte)'K':
                    pending.LongLink = TrimNul(ReadHeaderData(stored));
                    break;
                default:
                    return ReadEntry(header, stored, pending);
            }
        }
    }

    /// <summary>The next stored bytes of the entry, at most <paramref name="most"/>; empty after the last.</summary>
    public ReadOnlySpan<byte> ReadContent(long most)
    {
        var wanted = Math.Min(most, _unread);
        if (wanted == 0)
        {
            return [];
        }

        var data = _input.ReadSome(wanted);
        _unread -= data.Length;
        return data;
    }

    private TarEntry? End(bool atEnd, Pending pending)
    {
        if (!pending.IsUnused)
        {
            throw TarException.Damaged("the archive ends after an extended header, without the entry it describes");
        }

        // Two blocks of zeros end an archive. Writers that stop after one, or at the last entry, are common enough.
        if (!atEnd && _input.ReadBlock() is { IsEmpty: false } second && second.ContainsAnyExcept((byte)0))
        {
            throw TarException.Damaged("there is a block of zeros between entries");
        }

        _input.DrainZeros();
        return null;
    }

    private TarEntry ReadEntry(ReadOnlySpan<byte> header, long stored, Pending pending)
    {
        var pax = pending.Pax;
        var name = pax.Find("GNU.sparse.name") ?? pax.Find("path") ?? pending.LongName ?? Join(TarHeader.Prefix(header), TarHeader.Name(header));
        var type = TypeOf(TarHeader.Type(header), name);
        var entry = new TarEntry
        {
            Type = type,
            Path = name,
            LinkTarget = pax.Find("linkpath") ?? pending.LongLink ?? TarHeader.Link(header).ToArray(),
            Permissions = (ushort)(TarHeader.Mode(header) & 0xFFF),
            Uid = TarNumbers.ToId(pax.Find("uid") is { } uid ? TarNumbers.ReadDecimal(uid, "uid") : TarHeader.Uid(header), "uid"),
            Gid = TarNumbers.ToId(pax.Find("gid") is { } gid ? TarNumbers.ReadDecimal(gid, "gid") : TarHeader.Gid(header), "gid"),
            Modified = pax.Find("mtime") is { } time ? TarNumbers.ReadTime(time, "mtime") : new Timestamp(TarHeader.Modified(header), 0),
            XAttrs = pax.XAttrs,
        };
        if (type is TarType.CharacterDevice or TarType.BlockDevice)
        {
            entry = entry with
            {
                DeviceMajor = TarNumbers.ToId(TarHeader.DeviceMajor(header), "device major"),
                DeviceMinor = TarNumbers.ToId(TarHeader.DeviceMinor(header), "device minor"),
            };
        }

        // Only regular files have content. Links may state the size of what they lead to without storing it (POSIX
        // ustar leaves it open; GNU tar, libarchive and Go all store nothing).
        return type == TarType.RegularFile ? WithContent(entry, header, stored, pax) : entry;
    }

    private TarEntry WithContent(TarEntry entry, ReadOnlySpan<byte> header, long stored, PaxRecords pax)
    {
        var isOldSparse = TarHeader.Type(header) == (byte)'S';
        stored = pax.Find("size") is { } paxSize ? TarNumbers.ReadDecimal(paxSize, "size") : stored;
        _unread = stored;
        _padding = -stored & (TarInput.BlockSize - 1);
        var size = stored;
        IReadOnlyList<SparseRange>? sparse = null;
        if (isOldSparse)
        {
            size = TarNumbers.ReadField(header.Slice(TarHeader.GnuRealSizeOffset, 12), "real size");
            sparse = SparseMap.ReadOld(header, _input, limits);
        }
        else if (pax.Find("GNU.sparse.major") is { } major && major.AsSpan().SequenceEqual("1"u8))
        {
            size = RealSize(pax);
            (var ranges, var taken) = SparseMap.ReadInline(_input, stored, limits);
            _unread -= taken;
            sparse = ranges;
        }
        else if (pax.SparseRanges.Count > 0 || pax.Find("GNU.sparse.size") is not null)
        {
            size = RealSize(pax);
            sparse = pax.SparseRanges;
        }

        if (size < 0 || size > limits.MaximumFileBytes || stored > limits.MaximumFileBytes)
        {
            throw TarException.Limit($"a file has {Math.Max(size, stored)} bytes; {limits.MaximumFileBytes} are allowed");
        }

        return entry with { Size = size, StoredSize = _unread, Sparse = sparse is null ? null : SparseMap.Check(sparse, size, _unread) };
    }

    private static long RealSize(PaxRecords pax) => TarNumbers.ReadDecimal(
        pax.Find("GNU.sparse.realsize") ?? pax.Find("GNU.sparse.size") ?? throw TarException.Damaged("a sparse file has no size"), "real size");

    private byte[] ReadHeaderData(long length)
    {
        if (length > limits.MaximumHeaderBytes)
        {
            throw TarException.Limit($"an extended header has {length} bytes; {limits.MaximumHeaderBytes} are allowed");
        }

        var data = _input.ReadExactly((int)length);
        _input.Skip(-length & (TarInput.BlockSize - 1));
        return data;
    }

    private static TarType TypeOf(byte flag, ReadOnlySpan<byte> name) => flag switch
    {
        // Before ustar a directory was a file whose name ends in a slash.
        0 when name is [.., (byte)'/'] => TarType.Directory,
        0 or (byte)'0' or (byte)'7' or (byte)'S' => TarType.RegularFile,
        (byte)'1' => TarType.HardLink,
        (byte)'2' => TarType.SymbolicLink,
        (byte)'3' => TarType.CharacterDevice,
        (byte)'4' => TarType.BlockDevice,
        (byte)'5' => TarType.Directory,
        (byte)'6' => TarType.Fifo,
        _ => throw TarException.Damaged($"entries of type 0x{flag:x2} are not supported"),
    };

    private static byte[] TrimNul(byte[] text)
    {
        var end = text.AsSpan().IndexOf((byte)0);
        return end < 0 ? text : text[..end];
    }

    private static byte[] Join(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> name) =>
        prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];

    /// <summary>What extended headers said about the entry to come.</summary>
    private sealed class Pending(PaxRecords global)
    {
        private PaxRecords? _own;

        public PaxRecords Pax => _own ??= global.Copy();

        public byte[]? LongName { get; set; }

        public byte[]? LongLink { get; set; }

        public bool IsUnused => _own is null && LongName is null && LongLink is null;
    }
}
