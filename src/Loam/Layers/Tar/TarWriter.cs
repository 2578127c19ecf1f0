using System.Globalization;
using System.Text;
using Loam.Filesystems;

namespace Loam.Layers;

/// <summary>Writes tar archives: ustar, and PAX headers where ustar cannot say it. Sparse files are in GNU's form PAX 1.0.
/// Equal entries give equal bytes.</summary>
internal sealed class TarWriter(Stream output)
{
    private const long MaximumOctal8 = 0x1F_FFFF;
    private const long MaximumOctal12 = 0x1_FFFF_FFFF;

    private long _contentLeft;
    private int _padding;

    /// <summary>Starts an entry; for a regular file <see cref="TarEntry.Size"/> bytes of content follow, for a sparse one
    /// those of its ranges.</summary>
    public void Write(TarEntry entry)
    {
        if (_contentLeft != 0)
        {
            throw new InvalidOperationException("the previous entry lacks content");
        }

        var pax = new List<(string Key, byte[] Value)>();
        var header = new byte[TarInput.BlockSize];
        var map = entry.Sparse is { } ranges ? PutSparse(entry, ranges, pax) : [];
        PutText(header.AsSpan(0, TarHeader.NameLength), entry.Sparse is null ? entry.Path : SparseName(entry.Path), "path", pax);
        PutText(header.AsSpan(TarHeader.LinkOffset, TarHeader.NameLength), entry.LinkTarget, "linkpath", pax);
        PutNumber(header.AsSpan(100, 8), entry.Permissions, MaximumOctal8, null, pax);
        PutNumber(header.AsSpan(108, 8), entry.Uid, MaximumOctal8, "uid", pax);
        PutNumber(header.AsSpan(116, 8), entry.Gid, MaximumOctal8, "gid", pax);
        var content = entry.Type != TarType.RegularFile ? 0 : entry.Sparse?.Sum(range => range.Length) ?? entry.Size;
        var size = map.Length + content;
        PutNumber(header.AsSpan(124, 12), size, MaximumOctal12, "size", pax);
        PutTime(header.AsSpan(136, 12), entry.Modified, pax);
        header[156] = FlagOf(entry.Type);
        "ustar\000"u8.CopyTo(header.AsSpan(257));
        PutNumber(header.AsSpan(329, 8), entry.DeviceMajor, MaximumOctal8, null, pax);
        PutNumber(header.AsSpan(337, 8), entry.DeviceMinor, MaximumOctal8, null, pax);
        pax.AddRange(entry.XAttrs.OrderBy(item => item.Name, StringComparer.Ordinal).Select(item => ("SCHILY.xattr." + item.Name, item.Value.ToArray())));
        if (pax.Count > 0)
        {
            WritePax(pax);
        }

        Seal(header);
        output.Write(header);
        output.Write(map);
        _contentLeft = content;
        _padding = (int)(-size & (TarInput.BlockSize - 1));
    }

    /// <summary>Adds content to the present entry.</summary>
    public void WriteContent(ReadOnlySpan<byte> data)
    {
        if (data.Length > _contentLeft)
        {
            throw new InvalidOperationException("more content than the entry's size");
        }

        output.Write(data);
        _contentLeft -= data.Length;
        if (_contentLeft == 0)
        {
            output.Write(new byte[_padding]);
            _padding = 0;
        }
    }

    /// <summary>Ends the archive.</summary>
    public void Finish() => output.Write(new byte[2 * TarInput.BlockSize]);

    /// <summary>Where the stored bytes belong (GNU tar manual, "PAX Format, Version 1.0"): what comes before them.</summary>
    private static byte[] PutSparse(TarEntry entry, IReadOnlyList<SparseRange> ranges, List<(string Key, byte[] Value)> pax)
    {
        pax.Add(("GNU.sparse.major", "1"u8.ToArray()));
        pax.Add(("GNU.sparse.minor", "0"u8.ToArray()));
        pax.Add(("GNU.sparse.name", entry.Path));
        pax.Add(("GNU.sparse.realsize", Encoding.ASCII.GetBytes(entry.Size.ToString(CultureInfo.InvariantCulture))));
        var map = new StringBuilder();
        map.Append(CultureInfo.InvariantCulture, $"{ranges.Count}\n");
        foreach (var range in ranges)
        {
            map.Append(CultureInfo.InvariantCulture, $"{range.Offset}\n{range.Length}\n");
        }

        var bytes = new byte[(map.Length + TarInput.BlockSize - 1) / TarInput.BlockSize * TarInput.BlockSize];
        Encoding.ASCII.GetBytes(map.ToString(), bytes);
        return bytes;
    }

    /// <summary>What the file is called where sparse files are not known, so that nobody takes the map for its content.</summary>
    private static byte[] SparseName(byte[] path)
    {
        var name = path.AsSpan(path.AsSpan().LastIndexOf((byte)'/') + 1);
        return [.. path.AsSpan(0, path.Length - name.Length), .. "GNUSparseFile.0/"u8, .. name];
    }

    private void WritePax(List<(string Key, byte[] Value)> records)
    {
        var data = new MemoryStream();
        foreach (var (key, value) in records)
        {
            var rest = Encoding.UTF8.GetByteCount(key) + value.Length + 3;
            var length = rest + Digits(rest);
            length = rest + Digits(length);
            data.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length} {key}=")));
            data.Write(value);
            data.WriteByte((byte)'\n');
        }

        var header = new byte[TarInput.BlockSize];
        "././@PaxHeader"u8.CopyTo(header);
        PutNumber(header.AsSpan(100, 8), 0b110_100_100, MaximumOctal8, null, records);
        PutNumber(header.AsSpan(108, 8), 0, MaximumOctal8, null, records);
        PutNumber(header.AsSpan(116, 8), 0, MaximumOctal8, null, records);
        PutNumber(header.AsSpan(124, 12), data.Length, MaximumOctal12, null, records);
        PutNumber(header.AsSpan(136, 12), 0, MaximumOctal12, null, records);
        header[156] = (byte)'x';
        "ustar\000"u8.CopyTo(header.AsSpan(257));
        Seal(header);
        output.Write(header);
        data.Write(new byte[-data.Length & (TarInput.BlockSize - 1)]);
        data.WriteTo(output);
    }

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;

    private static void PutText(Span<byte> field, byte[] text, string key, List<(string Key, byte[] Value)> pax)
    {
        if (text.Length > field.Length)
        {
            pax.Add((key, text));
        }

        text.AsSpan(0, Math.Min(text.Length, field.Length)).CopyTo(field);
    }

    private static void PutTime(Span<byte> field, Timestamp time, List<(string Key, byte[] Value)> pax)
    {
        var fits = time is { Nanoseconds: 0, Seconds: >= 0 and <= MaximumOctal12 };
        if (!fits)
        {
            pax.Add(("mtime", TarNumbers.FormatTime(time)));
        }

        PutNumber(field, Math.Clamp(time.Seconds, 0, MaximumOctal12), MaximumOctal12, null, pax);
    }

    private static void PutNumber(Span<byte> field, long value, long most, string? key, List<(string Key, byte[] Value)> pax)
    {
        if (value > most)
        {
            pax.Add((key ?? throw new ArgumentOutOfRangeException(nameof(value)), Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture))));
            value = 0;
        }

        for (var i = field.Length - 2; i >= 0; i--, value >>= 3)
        {
            field[i] = (byte)('0' + (value & 7));
        }
    }

    private static void Seal(Span<byte> header)
    {
        header.Slice(TarHeader.ChecksumOffset, TarHeader.ChecksumLength).Fill((byte)' ');
        var sum = 0L;
        foreach (var b in header)
        {
            sum += b;
        }

        PutNumber(header.Slice(TarHeader.ChecksumOffset, 7), sum, MaximumOctal8, null, []);
    }

    private static byte FlagOf(TarType type) => type switch
    {
        TarType.RegularFile => (byte)'0',
        TarType.HardLink => (byte)'1',
        TarType.SymbolicLink => (byte)'2',
        TarType.CharacterDevice => (byte)'3',
        TarType.BlockDevice => (byte)'4',
        TarType.Directory => (byte)'5',
        _ => (byte)'6',
    };
}
