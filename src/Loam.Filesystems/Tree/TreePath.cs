using System.Text;

namespace Loam.Filesystems;

/// <summary>A path inside a tree as bytes, relative to the root, without <c>.</c>, <c>..</c> or empty parts;
/// the root itself is the empty path. Linux names are bytes, not text, so no encoding is ever assumed.</summary>
public readonly struct TreePath : IEquatable<TreePath>
{
    /// <summary>The most bytes one name may have (Linux <c>NAME_MAX</c>).</summary>
    public const int MaximumNameLength = 255;

    /// <summary>The most bytes a path may have (Linux <c>PATH_MAX</c>).</summary>
    public const int MaximumLength = 4096;

    private readonly byte[]? _bytes;

    private TreePath(byte[] bytes) => _bytes = bytes;

    /// <summary>The root.</summary>
    public static TreePath Root => default;

    /// <summary>The normalized bytes: <c>usr/bin/env</c>.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Whether this is the root.</summary>
    public bool IsRoot => Bytes.IsEmpty;

    /// <summary>The last name; empty for the root.</summary>
    public ReadOnlySpan<byte> Name => Bytes[(Bytes.LastIndexOf((byte)'/') + 1)..];

    /// <summary>The path without its last name; the root's parent is the root.</summary>
    public TreePath Parent
    {
        get
        {
            var slash = Bytes.LastIndexOf((byte)'/');
            return slash < 0 ? Root : new TreePath(Bytes[..slash].ToArray());
        }
    }

    /// <summary>Normalizes a path as an archive states it. A leading slash is dropped; <c>a/../b</c> is <c>b</c>.</summary>
    /// <param name="raw">Names between slashes.</param>
    /// <returns>The path.</returns>
    /// <exception cref="FilesystemException">It climbs above the root, contains a NUL, or is too long.</exception>
    public static TreePath Parse(ReadOnlySpan<byte> raw)
    {
        if (raw.Length > MaximumLength)
        {
            throw new FilesystemException(FilesystemError.NameTooLong, $"path of {raw.Length} bytes; the maximum is {MaximumLength}");
        }

        if (raw.Contains((byte)0))
        {
            throw new FilesystemException(FilesystemError.InvalidName, $"path {Display(raw)} contains a NUL");
        }

        Span<byte> kept = stackalloc byte[raw.Length];
        var length = 0;
        foreach (var range in raw.Split((byte)'/'))
        {
            var part = raw[range];
            if (part.IsEmpty || part.SequenceEqual("."u8))
            {
                continue;
            }

            if (part.SequenceEqual(".."u8))
            {
                if (length == 0)
                {
                    throw new FilesystemException(FilesystemError.PathEscapesRoot, $"path {Display(raw)} leaves the root");
                }

                length = Math.Max(0, kept[..length].LastIndexOf((byte)'/'));
                continue;
            }

            if (part.Length > MaximumNameLength)
            {
                throw new FilesystemException(
                    FilesystemError.NameTooLong,
                    $"name of {part.Length} bytes in {Display(raw)}; the maximum is {MaximumNameLength}");
            }

            if (length > 0)
            {
                kept[length++] = (byte)'/';
            }

            part.CopyTo(kept[length..]);
            length += part.Length;
        }

        return length == 0 ? Root : new TreePath(kept[..length].ToArray());
    }

    /// <summary>Normalizes text, which becomes UTF-8.</summary>
    /// <param name="text">Names between slashes.</param>
    /// <returns>The path.</returns>
    /// <exception cref="FilesystemException">It climbs above the root, contains a NUL, or is too long.</exception>
    public static TreePath Parse(string text) => Parse(Encode(text));

    /// <summary>This path with one more name.</summary>
    /// <param name="name">The name, as a directory would take it.</param>
    /// <returns>The longer path.</returns>
    public TreePath Append(string name) => Append(Encode(name));

    /// <summary>This path with one more name.</summary>
    /// <param name="name">The name, as a directory would take it.</param>
    /// <returns>The longer path.</returns>
    public TreePath Append(ReadOnlySpan<byte> name) => new(IsRoot ? name.ToArray() : [.. Bytes, (byte)'/', .. name]);

    /// <summary>The names from the root down; for the root one that is empty.</summary>
    /// <returns>Their places in <see cref="Bytes"/>.</returns>
    public MemoryExtensions.SpanSplitEnumerator<byte> Split() => Bytes.Split((byte)'/');

    /// <summary>Bytes as a person can read them: printable ASCII as it is, the rest as <c>\xNN</c>, cut at 200 bytes.</summary>
    /// <param name="bytes">A name, a path, or any other bytes.</param>
    /// <returns>Text without control characters.</returns>
    public static string Display(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var b in bytes[..Math.Min(bytes.Length, 200)])
        {
            _ = b is >= 0x20 and < 0x7F and not (byte)'\\' ? text.Append((char)b) : text.Append($"\\x{b:x2}");
        }

        return bytes.Length > 200 ? text.Append('…').ToString() : text.ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => "/" + Display(Bytes);

    /// <inheritdoc/>
    public bool Equals(TreePath other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TreePath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>Byte equality.</summary>
    /// <param name="left">One path.</param>
    /// <param name="right">The other.</param>
    /// <returns>Whether they are the same.</returns>
    public static bool operator ==(TreePath left, TreePath right) => left.Equals(right);

    /// <summary>Byte inequality.</summary>
    /// <param name="left">One path.</param>
    /// <param name="right">The other.</param>
    /// <returns>Whether they differ.</returns>
    public static bool operator !=(TreePath left, TreePath right) => !left.Equals(right);

    /// <summary>Text as the bytes of a name or a path.</summary>
    internal static byte[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encoding.UTF8.GetBytes(text);
    }
}
