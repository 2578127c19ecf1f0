using Loam.Filesystems;
using Loam.Streams;

namespace Loam.Layers;

/// <summary>
/// Applies layers to a tree, lowest first (OCI image-spec, <c>layer.md</c>). Contents go straight to the disk; every
/// failure names the layer, the entry and its place in the archive.
/// </summary>
internal sealed class LayerApplier(TreeOverlay overlay, IContentSink content, LayerLimits limits, Action<string> warn)
{
    private const string WhiteoutPrefix = ".wh.";

    private long _entriesLeft = limits.MaximumEntries;
    private long _bytesLeft = limits.MaximumUncompressedBytes;

    /// <summary>Applies one layer and checks that its bytes have their digest.</summary>
    /// <param name="archive">The layer's uncompressed bytes; read to the end.</param>
    /// <param name="layer">The blob's digest, for errors.</param>
    /// <param name="diffId">What the uncompressed bytes must hash to.</param>
    /// <param name="cancellationToken">Cancels the call, between two entries.</param>
    /// <returns>The length of the layer's uncompressed bytes.</returns>
    /// <exception cref="LoamException">The layer is damaged, hostile, beyond a limit, or not what its diff ID says.</exception>
    public long Apply(Stream archive, Digest layer, Digest diffId, CancellationToken cancellationToken)
    {
        using var hash = diffId.CreateHash();
        var reader = new TarReader(new HashingStream(archive, hash), limits, _bytesLeft);
        TarEntry? entry = null;
        var ignored = 0;
        try
        {
            overlay.BeginLayer();
            while ((entry = reader.Next()) is not null)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (--_entriesLeft < 0)
                {
                    throw TarException.Limit($"the image has more than {limits.MaximumEntries} entries");
                }

                Apply(reader, entry, ref ignored);
            }
        }
        catch (TarException e)
        {
            throw Fail(e.Error == TarError.Damaged ? ErrorCodes.LayerDamaged : ErrorCodes.LayerTooLarge, e.Message, layer, entry, reader, e);
        }
        catch (LoamException e) when (e.InnerException is CompressionException damage)
        {
            throw Fail(e.Code, damage.Message, layer, entry, reader, e);
        }
        catch (FilesystemException e)
        {
            var code = e.Error == FilesystemError.PathEscapesRoot ? ErrorCodes.LayerEscapes : ErrorCodes.LayerInvalid;
            throw Fail(code, e.Message, layer, entry, reader, e);
        }
        catch (LoamException e) when (!e.Details.ContainsKey("layer"))
        {
            throw Fail(e.Code, e.Message, layer, entry, reader, e);
        }

        _bytesLeft -= reader.Position;
        if (!diffId.Matches(hash, out var found))
        {
            throw Fail(ErrorCodes.DiffIdMismatch, $"its content has digest {found}; the configuration says {diffId}", layer, entry, reader, null);
        }

        if (ignored > 0)
        {
            warn($"layer {layer}: {ignored} extended attributes were left out, since Linux does not know their namespace");
        }

        return reader.Position;
    }

    private void Apply(TarReader reader, TarEntry entry, ref int ignored)
    {
        var path = TreePath.Parse(entry.Path);
        if (path.Name.StartsWith(".wh."u8))
        {
            ApplyWhiteout(path);
            return;
        }

        var metadata = new Metadata(entry.Permissions, entry.Uid, entry.Gid, entry.Modified, ReadXAttrs(entry, ref ignored));
        switch (entry.Type)
        {
            case TarType.Directory:
                overlay.PutDirectory(path, metadata);
                break;
            case TarType.HardLink:
                // The inode and all it says are the target's; a further name changes nothing of it.
                overlay.Link(path, TreePath.Parse(entry.LinkTarget));
                break;
            case TarType.SymbolicLink:
                overlay.Put(path, new SymlinkNode(metadata, entry.LinkTarget));
                break;
            case TarType.RegularFile:
                CopyContent(reader, entry);
                overlay.Put(path, new RegularFileNode(metadata, content.Finish()));
                break;
            default:
                overlay.Put(path, new SpecialNode(metadata, KindOf(entry.Type), entry.DeviceMajor, entry.DeviceMinor));
                break;
        }
    }

    private void ApplyWhiteout(TreePath path)
    {
        var name = path.Name[WhiteoutPrefix.Length..];
        if (name.SequenceEqual(".wh..opq"u8))
        {
            overlay.MakeOpaque(path.Parent);
        }
        else if (!name.StartsWith(".wh."u8))
        {
            // What is left must be a name, so that ".wh..." cannot hide the parent.
            if (name.IsEmpty || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
            {
                throw new FilesystemException(FilesystemError.PathEscapesRoot, $"whiteout {path} names nothing to hide");
            }

            overlay.Whiteout(path.Parent.Append(name));
        }

        // Other names with two prefixes are aufs' own bookkeeping (.wh..wh.plnk, .wh..wh.orph) and mean nothing here.
    }

    private void CopyContent(TarReader reader, TarEntry entry)
    {
        foreach (var range in entry.Sparse ?? [new SparseRange(0, entry.StoredSize)])
        {
            content.Skip(range.Offset - content.Position);
            for (var left = range.Length; left > 0;)
            {
                var data = reader.ReadContent(left);
                content.Write(data);
                left -= data.Length;
            }
        }

        content.Skip(entry.Size - content.Position);
    }

    private static XAttrs ReadXAttrs(TarEntry entry, ref int ignored)
    {
        if (entry.XAttrs.Count == 0)
        {
            return XAttrs.None;
        }

        // Archives made elsewhere carry others (com.apple.…).
        var kept = entry.XAttrs.Where(item => item.HasLinuxNamespace).ToList();
        ignored += entry.XAttrs.Count - kept.Count;
        return XAttrs.Create(kept);
    }

    private static SpecialKind KindOf(TarType type) => type switch
    {
        TarType.CharacterDevice => SpecialKind.CharacterDevice,
        TarType.BlockDevice => SpecialKind.BlockDevice,
        _ => SpecialKind.Fifo,
    };

    private static LoamException Fail(
        ErrorCode code, string message, Digest layer, TarEntry? entry, TarReader reader, Exception? inner)
    {
        var name = entry is null ? null : TreePath.Display(entry.Path);
        var details = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["layer"] = layer.ToString(),
            ["offset"] = $"{reader.EntryOffset}",
        };
        if (name is not null)
        {
            details["entry"] = name;
        }

        var where = name is null ? $"at byte {reader.EntryOffset}" : $"entry \"{name}\" at byte {reader.EntryOffset}";
        return new LoamException(code, $"layer {layer}, {where}: {message}", inner)
        {
            Hint = (inner as LoamException)?.Hint ?? code.Hint,
            Details = details,
        };
    }
}
