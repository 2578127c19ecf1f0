using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>A disk as it lies in its file, opened so that it cannot be changed.</summary>
internal sealed class DiskImage(SafeFileHandle handle) : IDisposable
{
    /// <summary>Bytes it has.</summary>
    public long Length { get; } = RandomAccess.GetLength(handle);

    public static DiskImage Open(string path) =>
        new(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, FileOptions.RandomAccess));

    /// <summary>Fills a buffer.</summary>
    /// <exception cref="FilesystemException">The file ends within it.</exception>
    public void Read(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var read = RandomAccess.Read(handle, buffer, offset);
            if (read == 0)
            {
                throw FilesystemException.Damage($"the disk ends at byte {offset}, within what its superblock claims");
            }

            offset += read;
            buffer = buffer[read..];
        }
    }

    public void Dispose() => handle.Dispose();
}
