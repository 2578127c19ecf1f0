namespace Loam.Filesystems.Tests;

public sealed class SparseStreamTests
{
    [Fact]
    public async Task It_is_a_stream_to_be_read_from_anywhere()
    {
        using var stream = new TenBytes();
        Assert.True(stream.CanRead && stream.CanSeek && !stream.CanWrite);
        var buffer = new byte[20];
        Assert.Equal(3, stream.Read(buffer, 1, 9));
        Assert.Equal(new byte[] { 0, 0, 1, 2, 0 }, buffer[..5]);
        Assert.Equal(3, stream.Position);
        Assert.Equal(3, stream.ReadByte());
        Assert.Equal(8, stream.Seek(-2, SeekOrigin.End));
        Assert.Equal(2, await stream.ReadAsync(buffer.AsMemory(), TestContext.Current.CancellationToken));
        Assert.Equal(-1, stream.ReadByte());
        Assert.Equal(4, stream.Seek(-6, SeekOrigin.Current));
        Assert.Equal(2, stream.Seek(2, SeekOrigin.Begin));
        Assert.Equal(0, stream.Read([]));
        Assert.Equal(3, await ((Func<byte[], int, int, CancellationToken, Task<int>>)stream.ReadAsync)(buffer, 0, 20, TestContext.Current.CancellationToken));
        stream.Position = 11;
        Assert.Equal(0, stream.Read(buffer));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Position = -1);
        Assert.Throws<NotSupportedException>(() => stream.SetLength(1));
        Assert.Throws<NotSupportedException>(() => stream.Write(buffer, 0, 1));
        stream.Flush();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.CopyToAsync(Stream.Null, new CancellationToken(canceled: true)));
    }

    /// <summary>Ten bytes, their own numbers, at most three at a time.</summary>
    private sealed class TenBytes : SparseStream
    {
        public override long Length => 10;

        public override IReadOnlyList<DataRange> DataRanges => [new(0, 10)];

        protected override int ReadAt(long position, Span<byte> buffer)
        {
            Assert.True(!buffer.IsEmpty && position + buffer.Length <= 10);
            var count = Math.Min(3, buffer.Length);
            for (var i = 0; i < count; i++)
            {
                buffer[i] = (byte)(position + i);
            }

            return count;
        }
    }
}
