using System.Text;
using System.Text.Unicode;
using Loam.Filesystems;

namespace Loam.Layers;

/// <summary>The records of PAX extended headers (POSIX.1-2024, pax, "pax Extended Header") that say something about a file.</summary>
internal sealed class PaxRecords
{
    private const string XAttrPrefix = "SCHILY.xattr.";

    private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);
    private readonly List<SparseRange> _ranges = [];
    private long? _pendingOffset;

    /// <summary>Data ranges of a sparse file in GNU's formats 0.0 and 0.1.</summary>
    public IReadOnlyList<SparseRange> SparseRanges => _ranges;

    /// <summary>A value; null where none is stated, or an empty one, which takes an earlier one back.</summary>
    public byte[]? Find(string key) => _values.GetValueOrDefault(key);

    /// <summary>The extended attributes, values as raw bytes.</summary>
    public IReadOnlyList<XAttr> XAttrs =>
        [.. _values.Where(value => value.Key.StartsWith(XAttrPrefix, StringComparison.Ordinal))
            .Select(value => new XAttr(value.Key[XAttrPrefix.Length..], value.Value))];

    /// <summary>Reads one header's records over these.</summary>
    public void Read(ReadOnlySpan<byte> header, LayerLimits limits)
    {
        _ranges.Clear();
        _pendingOffset = null;
        while (!header.IsEmpty)
        {
            // "%d %s=%s\n": the length counts itself, the blank and the newline.
            var blank = header.IndexOf((byte)' ');
            if (blank is <= 0 or > 10)
            {
                throw TarException.Damaged("a PAX record has no length");
            }

            var length = TarNumbers.ReadDecimal(header[..blank], "a PAX record's length");
            if (length <= blank + 1 || length > header.Length || header[(int)length - 1] != (byte)'\n')
            {
                throw TarException.Damaged("a PAX record's length is wrong");
            }

            var record = header[(blank + 1)..((int)length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals <= 0 || !Utf8.IsValid(record[..equals]))
            {
                throw TarException.Damaged("a PAX record has no keyword");
            }

            Set(Encoding.UTF8.GetString(record[..equals]), record[(equals + 1)..], limits);
            header = header[(int)length..];
        }
    }

    /// <summary>A copy to which one file's records can be added.</summary>
    public PaxRecords Copy()
    {
        var copy = new PaxRecords();
        foreach (var (key, value) in _values)
        {
            copy._values[key] = value;
        }

        return copy;
    }

    private void Set(string key, ReadOnlySpan<byte> value, LayerLimits limits)
    {
        switch (key)
        {
            case "GNU.sparse.offset":
                _pendingOffset = TarNumbers.ReadDecimal(value, key);
                break;
            case "GNU.sparse.numbytes":
                var offset = _pendingOffset ?? throw TarException.Damaged("a sparse map has a length without an offset");
                AddRange(offset, TarNumbers.ReadDecimal(value, key), limits);
                _pendingOffset = null;
                break;
            case "GNU.sparse.map":
                ReadMap(value, limits);
                break;
            default:
                if (value.IsEmpty && !key.StartsWith(XAttrPrefix, StringComparison.Ordinal))
                {
                    _values.Remove(key);
                }
                else
                {
                    _values[key] = value.ToArray();
                }

                break;
        }
    }

    private void ReadMap(ReadOnlySpan<byte> map, LayerLimits limits)
    {
        long? offset = null;
        foreach (var range in map.Split((byte)','))
        {
            var number = TarNumbers.ReadDecimal(map[range], "GNU.sparse.map");
            if (offset is { } start)
            {
                AddRange(start, number, limits);
                offset = null;
            }
            else
            {
                offset = number;
            }
        }

        if (offset is not null)
        {
            throw TarException.Damaged("GNU.sparse.map has an offset without a length");
        }
    }

    private void AddRange(long offset, long length, LayerLimits limits)
    {
        if (_ranges.Count >= limits.MaximumSparseRanges)
        {
            throw TarException.Limit("a sparse file has too many ranges");
        }

        _ranges.Add(new SparseRange(offset, length));
    }
}
