using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Loam.Filesystems.Tree;

namespace Loam.Filesystems.Ext4.Writing;

/// <summary>The UUID and the hash seed of a disk that was given none: both follow from the options, from every name and all
/// metadata, from where contents stand, and from their bytes' checksum. So the same disk gets the same ones, and another hardly
/// ever does.</summary>
internal sealed class DerivedIdentity : IDisposable
{
    private const int BufferBytes = 64 << 10;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> _buffer = new(BufferBytes);

    private DerivedIdentity()
    {
    }

    /// <summary>Derives them.</summary>
    /// <param name="options">What the disk is to be.</param>
    /// <param name="nodes">The nodes of its tree, numbered.</param>
    /// <param name="contents">The checksum of the contents' blocks.</param>
    public static (Guid Uuid, Guid HashSeed) Of(Ext4Options options, IReadOnlyList<NumberedNode> nodes, uint contents)
    {
        using var identity = new DerivedIdentity();
        identity.Add("loam ext4 1"u8);
        identity.Add(options.SizeBytes ?? -1);
        identity.Add(options.MinimumFreeBytes);
        identity.Add(options.FreePercent);
        identity.Add(Encoding.UTF8.GetBytes(options.VolumeLabel));
        identity.Add(contents);
        foreach (var (node, parent) in nodes)
        {
            identity.Add(parent);
            identity.Add(node);
        }

        identity.Flush();
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        identity._hash.GetHashAndReset(digest);
        return (ToUuid(digest[..16]), ToUuid(digest[16..]));
    }

    public void Dispose() => _hash.Dispose();

    private void Add(FileNode node)
    {
        var metadata = node.Metadata;
        Add(ModeBits.Of(node));
        Add(metadata.Uid);
        Add(metadata.Gid);
        Add(metadata.Modified.Seconds);
        Add(metadata.Modified.Nanoseconds);
        Add(metadata.XAttrs.Items.Count);
        foreach (var attribute in metadata.XAttrs.Items)
        {
            Add(Encoding.UTF8.GetBytes(attribute.Name));
            Add(attribute.Value.Span);
        }

        switch (node)
        {
            case DirectoryNode directory:
                Add(directory.Count);
                foreach (var (name, below) in directory.Sorted())
                {
                    Add(name);
                    Add(below.Number);
                }

                break;
            case RegularFileNode file:
                Add(file.Content.Size);
                foreach (var extent in (file.Content as BlockContent)?.Extents ?? [])
                {
                    Add(extent.Logical);
                    Add(extent.Physical);
                    Add(extent.Count);
                }

                break;
            case SymlinkNode link:
                Add(link.Target.Span);
                break;
            case SpecialNode special:
                Add(special.Major);
                Add(special.Minor);
                break;
        }
    }

    private void Add(long number)
    {
        var bytes = _buffer.GetSpan(sizeof(long));
        for (var i = 0; i < sizeof(long); i++)
        {
            bytes[i] = (byte)(number >> (8 * i));
        }

        _buffer.Advance(sizeof(long));
        if (_buffer.WrittenCount > BufferBytes / 2)
        {
            Flush();
        }
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        Add(bytes.Length);
        _buffer.Write(bytes);
    }

    private void Flush()
    {
        _hash.AppendData(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }

    /// <summary>A UUID of derived bytes (RFC 9562, version 8).</summary>
    private static Guid ToUuid(Span<byte> bytes)
    {
        bytes[6] = (byte)((bytes[6] & 0b0000_1111) | 0b1000_0000);
        bytes[8] = (byte)((bytes[8] & 0b0011_1111) | 0b1000_0000);
        return new Guid(bytes, bigEndian: true);
    }
}
