using System.Text;
using Loam.Filesystems;
using Loam.Layers;

namespace Loam.Archives;

/// <summary>Writes an archive's entries: all root's, of the epoch, each name once.</summary>
internal sealed class ArchiveWriter(Stream output, IProgress<WorkProgress>? progress, long totalBytes, CancellationToken cancellationToken)
{
    private const int ChunkBytes = 256 << 10;

    private readonly TarWriter _tar = new(output);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes);
    private long _done;

    /// <summary>Whether a name was written already.</summary>
    public bool Has(string name) => _names.Contains(name);

    /// <summary>Adds a folder.</summary>
    public void AddFolder(string name)
    {
        if (_names.Add(name))
        {
            _tar.Write(Entry(TarType.Directory, name + "/", 0, 0b111_101_101));
        }
    }

    /// <summary>Adds a small file.</summary>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_names.Add(name))
        {
            _tar.Write(Entry(TarType.RegularFile, name, content.Length, 0b110_100_100));
            _tar.WriteContent(content);
        }
    }

    /// <summary>Adds a file and checks what goes into it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="digest">What its bytes must hash to.</param>
    /// <param name="stored">The bytes of the store that it stands for, for the progress.</param>
    /// <param name="open">Opens its bytes.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.StoreDamaged"/>.</exception>
    public void Add(string name, long length, Digest digest, long stored, Func<Stream> open)
    {
        if (!_names.Add(name))
        {
            return;
        }

        using var content = open();
        using var hash = digest.CreateHash();
        _tar.Write(Entry(TarType.RegularFile, name, length, 0b110_100_100));
        var left = length;
        int read;
        while ((read = content.Read(_buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            left -= read;
            if (left < 0)
            {
                break;
            }

            hash.AppendData(_buffer, 0, read);
            _tar.WriteContent(_buffer.AsSpan(0, read));
            progress?.Report(new WorkProgress(WorkPhase.Save, null, null, _done + (long)((double)(length - left) / length * stored), totalBytes));
        }

        _done += stored;
        if (left != 0 || !digest.Matches(hash, out _))
        {
            throw new LoamException(ErrorCodes.StoreDamaged, $"blob {digest} in the store does not have that digest");
        }
    }

    /// <summary>Ends the archive.</summary>
    public void Finish()
    {
        _tar.Finish();
        progress?.Report(new WorkProgress(WorkPhase.Save, null, null, totalBytes, totalBytes));
    }

    private static TarEntry Entry(TarType type, string name, long size, ushort permissions) => new()
    {
        Type = type,
        Path = Encoding.UTF8.GetBytes(name),
        Size = size,
        Permissions = permissions,
        Modified = Timestamp.Epoch,
    };
}
