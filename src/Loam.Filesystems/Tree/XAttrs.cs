using System.Text;

namespace Loam.Filesystems;

/// <summary>One extended attribute: its full name (<c>security.capability</c>) and its value, any bytes.</summary>
/// <param name="Name">Namespace and name.</param>
/// <param name="Value">The value.</param>
public sealed record XAttr(string Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>Whether it is in one of the namespaces of xattr(7) that every file system of Linux can keep; others are bound to
    /// a file system or a system (<c>system.nfs4_acl</c>, <c>com.apple.…</c>).</summary>
    public bool HasLinuxNamespace =>
        Name is "system.posix_acl_access" or "system.posix_acl_default"
        || Name.StartsWith("user.", StringComparison.Ordinal)
        || Name.StartsWith("trusted.", StringComparison.Ordinal)
        || Name.StartsWith("security.", StringComparison.Ordinal);
}

/// <summary>A file's extended attributes, sorted by name (ordinal), each name once.</summary>
public sealed class XAttrs
{
    private readonly XAttr[] _items;

    private XAttrs(XAttr[] items) => _items = items;

    /// <summary>No attributes.</summary>
    public static XAttrs None { get; } = new([]);

    /// <summary>The attributes in the order of their names.</summary>
    public IReadOnlyList<XAttr> Items => _items;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _items.Length == 0;

    /// <summary>Makes a set; where a name occurs twice, the later value is kept.</summary>
    /// <param name="items">The attributes in any order.</param>
    /// <returns>The set.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="items"/> is null.</exception>
    public static XAttrs Create(params IEnumerable<XAttr> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        var byName = new SortedDictionary<string, XAttr>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            byName[item.Name] = item;
        }

        return byName.Count == 0 ? None : new XAttrs([.. byName.Values]);
    }

    /// <summary>Finds the value under a name.</summary>
    /// <param name="name">Namespace and name.</param>
    /// <returns>Null where there is none.</returns>
    public ReadOnlyMemory<byte>? Find(string name)
    {
        foreach (var item in _items)
        {
            if (string.Equals(item.Name, name, StringComparison.Ordinal))
            {
                return item.Value;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var item in _items)
        {
            text.Append(text.Length == 0 ? "" : " ").Append(item.Name).Append('=')
                .Append(Convert.ToHexStringLower(item.Value.Span));
        }

        return text.ToString();
    }
}
