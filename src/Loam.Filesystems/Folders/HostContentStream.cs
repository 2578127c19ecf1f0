using Loam.Filesystems.Host;
using Microsoft.Win32.SafeHandles;

namespace Loam.Filesystems.Folders;

/// <summary>The content of an open file of this host, as long as it was when its folder was read.</summary>
internal sealed class HostContentStream(SafeFileHandle file, long length, string path) : SparseStream
{
    public override long Length => length;

    public override IReadOnlyList<DataRange> DataRanges
    {
        get
        {
            var ranges = new List<DataRange>();
            for (var start = Libc.NextData(file, 0); start < length;)
            {
                var end = Math.Min(length, Libc.NextHole(file, start));
                ranges.Add(new DataRange(start, end - start));
                start = end < length ? Libc.NextData(file, end) : length;
            }

            return ranges;
        }
    }

    protected override int ReadAt(long position, Span<byte> buffer) =>
        RandomAccess.Read(file, buffer, position) is > 0 and var read ? read : throw new IOException($"{path} became shorter while it was read");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
