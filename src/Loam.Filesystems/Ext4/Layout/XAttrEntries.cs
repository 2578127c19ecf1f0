using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>One attribute as the disk has it.</summary>
/// <param name="Index">The namespace's number.</param>
/// <param name="Name">The name behind the namespace.</param>
/// <param name="Value">The value.</param>
internal readonly record struct XAttrEntry(byte Index, byte[] Name, ReadOnlyMemory<byte> Value)
{
    public const int HeaderBytes = 16;

    /// <summary>Bytes of the entry and of its value, each rounded up to four.</summary>
    public int TotalBytes => EntryBytes + ValueBytes;

    public int EntryBytes => (HeaderBytes + Name.Length + 3) & ~3;

    public int ValueBytes => (Value.Length + 3) & ~3;

    /// <summary>The hash that readers check (attributes.rst, <c>e_hash</c>).</summary>
    public uint Hash
    {
        get
        {
            var hash = 0u;
            foreach (var b in Name)
            {
                hash = (hash << 5) ^ (hash >> 27) ^ b;
            }

            Span<byte> padded = stackalloc byte[4];
            for (var at = 0; at < Value.Length; at += 4)
            {
                padded.Clear();
                Value.Span[at..Math.Min(Value.Length, at + 4)].CopyTo(padded);
                hash = (hash << 16) ^ (hash >> 16) ^ BinaryPrimitives.ReadUInt32LittleEndian(padded);
            }

            return hash;
        }
    }
}

/// <summary>Extended attributes as the disk has them (attributes.rst).</summary>
internal static class XAttrEntries
{
    public const uint Magic = 0xEA02_0000;

    private const int MaximumNameLength = 255;

    private static readonly (string Prefix, byte Index)[] Namespaces =
        [("user.", 1), ("trusted.", 4), ("security.", 6), ("system.", 7)];

    private const string AccessList = "system.posix_acl_access";
    private const string DefaultList = "system.posix_acl_default";
    private const byte AccessIndex = 2;
    private const byte DefaultIndex = 3;

    /// <summary>In the order that blocks demand: namespace, length of the name, name.</summary>
    /// <exception cref="FilesystemException">An attribute has a name or a value that ext4 has no place for.</exception>
    public static List<XAttrEntry> From(XAttrs attributes)
    {
        var entries = new List<XAttrEntry>(attributes.Items.Count);
        foreach (var attribute in attributes.Items)
        {
            entries.Add(From(attribute));
        }

        entries.Sort((a, b) => (a.Index, a.Name.Length).CompareTo((b.Index, b.Name.Length)) is not 0 and var order
            ? order
            : NameComparer.Instance.Compare(a.Name, b.Name));
        return entries;
    }

    /// <summary>Writes entries from <paramref name="at"/> on and values from the end backwards.</summary>
    /// <param name="area">Zeros; an entry's value is placed relative to <paramref name="origin"/>.</param>
    /// <param name="at">Where the first entry stands.</param>
    /// <param name="origin">What value offsets are counted from.</param>
    /// <param name="entries">The attributes.</param>
    public static void Write(Span<byte> area, int at, int origin, IEnumerable<XAttrEntry> entries)
    {
        var end = area.Length;
        foreach (var entry in entries)
        {
            end -= entry.ValueBytes;
            area[at] = (byte)entry.Name.Length;
            area[at + 1] = entry.Index;
            BinaryPrimitives.WriteUInt16LittleEndian(area[(at + 2)..], (ushort)(entry.Value.IsEmpty ? 0 : end - origin));
            BinaryPrimitives.WriteUInt32LittleEndian(area[(at + 8)..], (uint)entry.Value.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(area[(at + 12)..], entry.Hash);
            entry.Name.CopyTo(area[(at + XAttrEntry.HeaderBytes)..]);
            entry.Value.Span.CopyTo(area[end..]);
            at += entry.EntryBytes;
        }
    }

    /// <summary>The attribute as programs see it; null for what Linux does not show or has no text for.</summary>
    /// <exception cref="FilesystemException">An access control list is malformed.</exception>
    public static XAttr? ToTree(in XAttrEntry entry)
    {
        switch (entry)
        {
            case { Index: AccessIndex, Name.Length: 0 }:
                return new XAttr(AccessList, PosixAcl.FromDisk(entry.Value.Span));
            case { Index: DefaultIndex, Name.Length: 0 }:
                return new XAttr(DefaultList, PosixAcl.FromDisk(entry.Value.Span));
        }

        foreach (var (prefix, index) in Namespaces)
        {
            if (index == entry.Index && entry.Name.Length > 0 && Utf8.IsValid(entry.Name))
            {
                return new XAttr(prefix + Encoding.UTF8.GetString(entry.Name), entry.Value);
            }
        }

        return null;
    }

    private static XAttrEntry From(XAttr attribute)
    {
        switch (attribute.Name)
        {
            case AccessList:
                return new XAttrEntry(AccessIndex, [], PosixAcl.ToDisk(attribute.Value.Span));
            case DefaultList:
                return new XAttrEntry(DefaultIndex, [], PosixAcl.ToDisk(attribute.Value.Span));
        }

        foreach (var (prefix, index) in Namespaces)
        {
            if (attribute.Name.StartsWith(prefix, StringComparison.Ordinal))
            {
                var name = Encoding.UTF8.GetBytes(attribute.Name[prefix.Length..]);
                return name.Length is > 0 and <= MaximumNameLength
                    ? new XAttrEntry(index, name, attribute.Value)
                    : throw new FilesystemException(FilesystemError.InvalidXAttr, $"extended attribute with a name of {name.Length} bytes");
            }
        }

        throw new FilesystemException(FilesystemError.InvalidXAttr, $"extended attribute \"{attribute.Name}\" is in no namespace of Linux");
    }
}
