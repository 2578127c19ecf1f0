using System.Security.Cryptography;
using Loam.Filesystems;

namespace Loam.Trees;

/// <summary>
/// Takes files' contents and keeps none of them: what it gives for a content is a number of its own, the same for equal
/// bytes. Trees whose contents went through one of these can be compared without reading anything again.
/// </summary>
internal sealed class ContentIdentity : IContentSink, IDisposable
{
    private const int ZeroBytes = 64 << 10;
    private const int BufferBytes = 256 << 10;

    private static readonly byte[] Zeros = new byte[ZeroBytes];

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly Dictionary<UInt128, long> _numbers = [];

    /// <inheritdoc/>
    public long Position { get; private set; }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> data)
    {
        _hash.AppendData(data);
        Position += data.Length;
    }

    /// <inheritdoc/>
    public void Skip(long bytes)
    {
        for (var left = bytes; left > 0; left -= Math.Min(left, ZeroBytes))
        {
            _hash.AppendData(Zeros.AsSpan(0, (int)Math.Min(left, ZeroBytes)));
        }

        Position += bytes;
    }

    /// <inheritdoc/>
    public FileContent Finish()
    {
        var size = Position;
        Position = 0;
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(digest);
        var half = BitConverter.ToUInt128(digest);
        if (!_numbers.TryGetValue(half, out var number))
        {
            number = _numbers.Count;
            _numbers.Add(half, number);
        }

        return size == 0 ? FileContent.Empty : new NumberedContent(size, number);
    }

    /// <summary>Reads a content to its end and closes it.</summary>
    public FileContent Of(Stream content, CancellationToken cancellationToken)
    {
        using (content)
        {
            int read;
            while ((read = content.Read(_buffer)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Write(_buffer.AsSpan(0, read));
            }
        }

        return Finish();
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    /// <summary>Whether two files' contents are equal.</summary>
    public static bool Equal(FileContent left, FileContent right) =>
        left.Size == right.Size && (left as NumberedContent)?.Number == (right as NumberedContent)?.Number;

    /// <summary>A content by the number that equal ones share.</summary>
    private sealed class NumberedContent(long size, long number) : FileContent(size)
    {
        public long Number => number;
    }
}
