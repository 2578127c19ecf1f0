namespace Loam.Filesystems.Tests;

/// <summary>A stream that does no more than streams must: it reads little at a time, and what nobody wrote holds anything. It may
/// fail from a byte on, and remembers what was done to it.</summary>
internal sealed class OddStream : Stream
{
    private const byte Rubble = 0xEE;

    private readonly List<(long Offset, int Length)> _writes = [];
    private byte[] _bytes = [];

    public OddStream(byte[]? content = null) => _bytes = content?.ToArray() ?? [];

    /// <summary>Writes that reach this byte fail.</summary>
    public long FailsAt { get; init; } = long.MaxValue;

    public int Flushes { get; private set; }

    public bool IsClosed { get; private set; }

    /// <summary>Writes in their order; one of no length at -1 is a flush.</summary>
    public IReadOnlyList<(long Offset, int Length)> Writes => _writes;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => _bytes.Length;

    public override long Position { get; set; }

    public byte[] ToArray() => [.. _bytes];

    public override void Flush()
    {
        Flushes++;
        _writes.Add((-1, 0));
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = (int)Math.Max(0, Math.Min(Math.Min(count, 5000), Length - Position));
        _bytes.AsSpan((int)Position, read).CopyTo(buffer.AsSpan(offset));
        Position += read;
        return read;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (Position + count > FailsAt)
        {
            throw new IOException("full");
        }

        if (Position + count > Length)
        {
            SetLength(Position + count);
        }

        buffer.AsSpan(offset, count).CopyTo(_bytes.AsSpan((int)Position));
        _writes.Add((Position, count));
        Position += count;
    }

    public override void SetLength(long value)
    {
        var before = _bytes.Length;
        Array.Resize(ref _bytes, (int)value);
        _bytes.AsSpan(Math.Min(before, (int)value)).Fill(Rubble);
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsClosed = true;
        base.Dispose(disposing);
    }
}
