using Loam.Filesystems.Blocks;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>A disk as it is read: all that the reader knows of where its bytes come from.</summary>
internal sealed class DiskImage(DiskStorage storage) : IDisposable
{
    /// <summary>Bytes it has.</summary>
    public long Length { get; } = storage.Length;

    /// <summary>Fills a buffer.</summary>
    /// <exception cref="FilesystemException">The disk ends within it.</exception>
    public void Read(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var read = storage.Read(offset, buffer);
            if (read == 0)
            {
                throw FilesystemException.Damage($"the disk ends at byte {offset}, before the size that its superblock states");
            }

            offset += read;
            buffer = buffer[read..];
        }
    }

    public void Dispose() => storage.Dispose();
}
