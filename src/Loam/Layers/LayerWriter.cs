using Loam.Filesystems;

namespace Loam.Layers;

/// <summary>
/// Writes nodes of a tree as a layer (OCI image-spec, <c>layer.md</c>). Of a file with several names the first one written
/// holds the content, the others are hard links. Equal trees in the same order give equal bytes.
/// </summary>
internal sealed class LayerWriter(Stream output, Func<RegularFileNode, Stream> open, CancellationToken cancellationToken)
{
    private const int BufferBytes = 512 << 10;
    private const int HeaderBytes = 1 << 20;
    private const int PerAttribute = 64;
    private const ushort SymlinkPermissions = 0b111_111_111;

    private readonly TarWriter _tar = new(output);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private readonly Dictionary<FileNode, byte[]> _first = new(ReferenceEqualityComparer.Instance);
    private readonly OmittedEntries _omitted = new();

    /// <summary>Entries written so far.</summary>
    public long Entries { get; private set; }

    /// <summary>What could not be written, a sentence for each kind.</summary>
    public IReadOnlyList<string> Warnings => _omitted.Warnings;

    /// <summary>Writes all of a tree, parents before children, names in byte order.</summary>
    public void WriteTree(FileTree tree)
    {
        Write(TreePath.Root, tree.Root);
        foreach (var (path, node) in tree.Walk())
        {
            Write(path, node);
        }
    }

    /// <summary>Writes one name, and what it leads to.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.LayerUnwritable"/>.</exception>
    public void Write(TreePath path, FileNode node)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (path.Bytes.Length > TreePath.MaximumLength)
        {
            throw new LoamException(ErrorCodes.LayerUnwritable, $"{path} has {path.Bytes.Length} bytes; a layer can hold {TreePath.MaximumLength}");
        }

        if (Omits(path, node))
        {
            (node is SpecialNode { Kind: SpecialKind.Socket } ? _omitted.Sockets : _omitted.Whiteouts).Add(path);
            return;
        }

        WriteEntry(path, node);
        Entries++;
    }

    /// <summary>Whether a layer has no way to say that a name is there: sockets, and names that mean something else in it.</summary>
    public static bool Omits(TreePath path, FileNode node) =>
        node is SpecialNode { Kind: SpecialKind.Socket } || path.Bytes.StartsWith(".wh."u8) || path.Bytes.IndexOf("/.wh."u8) >= 0;

    /// <summary>Hides what lower layers have under a name.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.LayerUnwritable"/>: with the mark before it, the name is too long.</exception>
    public void WriteWhiteout(TreePath path)
    {
        if (path.Name.Length > TreePath.MaximumNameLength - ".wh.".Length)
        {
            throw new LoamException(ErrorCodes.LayerUnwritable, $"{path} was removed, and its name is too long for a whiteout");
        }

        WriteMark(path.Parent.Append([.. ".wh."u8, .. path.Name]));
    }

    /// <summary>Hides everything that lower layers have in a directory.</summary>
    public void WriteOpaque(TreePath path) => WriteMark(path.Append(".wh..wh..opq"u8));

    /// <summary>Ends the layer.</summary>
    public void Finish() => _tar.Finish();

    private void WriteMark(TreePath path)
    {
        _tar.Write(new TarEntry { Type = TarType.RegularFile, Path = path.Bytes.ToArray() });
        Entries++;
    }

    private void WriteEntry(TreePath path, FileNode node)
    {
        var name = path.Bytes.ToArray();
        if (node is not DirectoryNode && _first.TryGetValue(node, out var first))
        {
            _tar.Write(Describe(node) with { Type = TarType.HardLink, Path = name, LinkTarget = first, XAttrs = [] });
            return;
        }

        var entry = Describe(node) with { Path = name, XAttrs = AttributesOf(path, node) };
        switch (node)
        {
            case DirectoryNode:
                _tar.Write(entry with { Type = TarType.Directory, Path = path.IsRoot ? "./"u8.ToArray() : [.. name, (byte)'/'] });
                return;
            case RegularFileNode file:
                WriteFile(file, entry);
                break;
            case SymlinkNode link:
                _tar.Write(entry with { Type = TarType.SymbolicLink, LinkTarget = link.Target.ToArray(), Permissions = SymlinkPermissions });
                break;
            case SpecialNode special:
                _tar.Write(entry with { Type = TypeOf(special.Kind), DeviceMajor = special.Major, DeviceMinor = special.Minor });
                break;
        }

        if (node.LinkCount > 1)
        {
            _first.Add(node, name);
        }
    }

    private static TarEntry Describe(FileNode node) => new()
    {
        Type = TarType.RegularFile,
        Path = [],
        Permissions = node is SymlinkNode ? SymlinkPermissions : node.Metadata.Permissions,
        Uid = node.Metadata.Uid,
        Gid = node.Metadata.Gid,
        Modified = node.Metadata.Modified,
    };

    private void WriteFile(RegularFileNode file, TarEntry entry)
    {
        using var content = open(file);
        if (content.Length <= BufferBytes)
        {
            var all = _buffer.AsSpan(0, (int)content.Length);
            content.ReadExactly(all);
            if (content.Length < BufferBytes || all.ContainsAnyExcept((byte)0))
            {
                _tar.Write(entry with { Size = content.Length });
                _tar.WriteContent(all);
                return;
            }
        }

        var ranges = HoleScan.Find(content, _buffer, cancellationToken);
        _tar.Write(entry with { Size = content.Length, Sparse = ranges });
        foreach (var range in ranges ?? [new SparseRange(0, content.Length)])
        {
            content.Position = range.Offset;
            for (var left = range.Length; left > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var data = _buffer.AsSpan(0, (int)Math.Min(left, BufferBytes));
                content.ReadExactly(data);
                _tar.WriteContent(data);
                left -= data.Length;
            }
        }
    }

    private List<XAttr> AttributesOf(TreePath path, FileNode node)
    {
        var kept = new List<XAttr>(node.Metadata.XAttrs.Items.Count);
        var bytes = 0L;
        foreach (var attribute in node.Metadata.XAttrs.Items)
        {
            if (attribute.Name.Contains('=', StringComparison.Ordinal))
            {
                // A PAX keyword ends at its first equals sign.
                _omitted.Attributes.Add(path);
                continue;
            }

            bytes += attribute.Value.Length + attribute.Name.Length + PerAttribute;
            kept.Add(attribute);
        }

        return bytes <= HeaderBytes
            ? kept
            : throw new LoamException(ErrorCodes.LayerUnwritable, $"{path} has {bytes} bytes of extended attributes; a layer can hold {HeaderBytes}");
    }

    private static TarType TypeOf(SpecialKind kind) => kind switch
    {
        SpecialKind.CharacterDevice => TarType.CharacterDevice,
        SpecialKind.BlockDevice => TarType.BlockDevice,
        _ => TarType.Fifo,
    };
}
