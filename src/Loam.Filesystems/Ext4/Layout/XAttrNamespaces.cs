using System.Text;
using System.Text.Unicode;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>How the disk names extended attributes (attributes.rst; kernel, <c>fs/ext4/xattr.h</c>): a number for the namespace,
/// and the rest of the name.</summary>
internal static class XAttrNamespaces
{
    public const byte User = 1; // EXT4_XATTR_INDEX_USER
    public const byte AccessList = 2; // EXT4_XATTR_INDEX_POSIX_ACL_ACCESS
    public const byte DefaultList = 3; // EXT4_XATTR_INDEX_POSIX_ACL_DEFAULT
    public const byte Trusted = 4; // EXT4_XATTR_INDEX_TRUSTED
    public const byte Security = 6; // EXT4_XATTR_INDEX_SECURITY
    public const byte System = 7; // EXT4_XATTR_INDEX_SYSTEM

    private const string AccessListName = "system.posix_acl_access";
    private const string DefaultListName = "system.posix_acl_default";

    private static readonly (string Prefix, byte Index)[] Prefixes =
        [("user.", User), ("trusted.", Trusted), ("security.", Security), ("system.", System)];

    /// <summary>Whether an attribute is content of its file that found no room elsewhere (inlinedata.rst).</summary>
    public static bool IsContent(in XAttrEntry entry) => entry.Index == System && entry.Name.AsSpan().SequenceEqual("data"u8); // EXT4_XATTR_SYSTEM_DATA

    /// <summary>In the order that blocks demand: namespace, length of the name, name.</summary>
    /// <exception cref="FilesystemException">An attribute has a name or a value that ext4 has no place for.</exception>
    public static List<XAttrEntry> ToDisk(XAttrs attributes)
    {
        var entries = new List<XAttrEntry>(attributes.Items.Count);
        foreach (var attribute in attributes.Items)
        {
            entries.Add(ToDisk(attribute));
        }

        entries.Sort((a, b) => (a.Index, a.Name.Length).CompareTo((b.Index, b.Name.Length)) is not 0 and var order
            ? order
            : NameComparer.Instance.Compare(a.Name, b.Name));
        return entries;
    }

    /// <summary>The attribute as programs see it; null for what Linux does not show or has no text for.</summary>
    /// <exception cref="FilesystemException">An access control list is malformed.</exception>
    public static XAttr? ToTree(in XAttrEntry entry)
    {
        switch (entry)
        {
            case { Index: AccessList, Name.Length: 0 }:
                return new XAttr(AccessListName, PosixAcl.FromDisk(entry.Value.Span));
            case { Index: DefaultList, Name.Length: 0 }:
                return new XAttr(DefaultListName, PosixAcl.FromDisk(entry.Value.Span));
        }

        foreach (var (prefix, index) in Prefixes)
        {
            if (index == entry.Index && entry.Name.Length > 0 && Utf8.IsValid(entry.Name))
            {
                return new XAttr(prefix + Encoding.UTF8.GetString(entry.Name), entry.Value);
            }
        }

        return null;
    }

    private static XAttrEntry ToDisk(XAttr attribute)
    {
        switch (attribute.Name)
        {
            case AccessListName:
                return new XAttrEntry(AccessList, [], PosixAcl.ToDisk(attribute.Value.Span));
            case DefaultListName:
                return new XAttrEntry(DefaultList, [], PosixAcl.ToDisk(attribute.Value.Span));
        }

        foreach (var (prefix, index) in Prefixes)
        {
            if (attribute.Name.StartsWith(prefix, StringComparison.Ordinal))
            {
                var name = Encoding.UTF8.GetBytes(attribute.Name[prefix.Length..]);
                return name.Length is > 0 and <= XAttrEntry.MaximumNameLength
                    ? new XAttrEntry(index, name, attribute.Value)
                    : throw new FilesystemException(FilesystemError.InvalidXAttr, $"extended attribute with a name of {name.Length} bytes");
            }
        }

        throw new FilesystemException(FilesystemError.InvalidXAttr, $"extended attribute \"{attribute.Name}\" is not in a namespace of Linux");
    }
}
