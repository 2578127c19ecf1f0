using System.Security.Cryptography;
using Loam.Streams;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>The small streams that everything passes through.</summary>
public sealed class StreamTests
{
    private static readonly byte[] Content = TestImage.Noise(700_000, 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(131_071)]
    [InlineData(131_072)]
    [InlineData(700_000)]
    public void Peeking_takes_nothing_away(int buffer)
    {
#pragma warning disable CA5394 // Nothing secret.
        using var stream = new PeekStream(new Trickle(Content[..Math.Min(700_000, buffer * 2000)], new Random(1), 5000));
#pragma warning restore CA5394
        Assert.Equal(Content[..6], stream.Peek(6).ToArray());
        Assert.Equal(Content[..300], stream.Peek(300).ToArray());
        Assert.Equal(Content[..6], stream.Peek(6).ToArray());
        var copy = new MemoryStream();
        stream.CopyTo(copy, buffer);
        Assert.True(Content.AsSpan(0, (int)copy.Length).SequenceEqual(copy.ToArray()));
        Assert.Equal(Math.Min(700_000, buffer * 2000), copy.Length);
        Assert.Empty(stream.Peek(6).ToArray());
    }

    [Fact]
    public void Peeking_at_less_than_there_is_wanted_gives_all_there_is()
    {
        using var stream = new PeekStream(new MemoryStream([1, 2, 3]));
        Assert.Equal([1, 2, 3], stream.Peek(6).ToArray());
        Assert.Equal(1, stream.ReadByte());
        Assert.Equal([2, 3], stream.Peek(6).ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(700_000)]
    public void What_was_read_is_told_now_and_then_and_at_the_end(int length)
    {
        var told = new List<long>();
        using (var stream = new PeekStream(new MemoryStream(Content, 0, length), told.Add))
        {
            stream.CopyTo(Stream.Null, 1000);
        }

        Assert.Equal(length, told.LastOrDefault());
        Assert.Equal(told.Order().Distinct(), told);
        Assert.InRange(told.Count, length == 0 ? 0 : 1, length / (256 << 10) + 1);
    }

    [Fact]
    public void A_stream_hashes_just_what_is_read_through_it()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new HashingStream(new MemoryStream(Content), hash);
        stream.ReadExactly(new byte[1000]);
        Assert.Equal(SHA256.HashData(Content.AsSpan(0, 1000)), hash.GetCurrentHash());
        stream.CopyTo(Stream.Null);
        Assert.Equal(SHA256.HashData(Content), hash.GetCurrentHash());
    }

    [Fact]
    public async Task Reading_ahead_changes_nothing_but_the_time()
    {
        var large = TestImage.Noise(20 << 20, 2);
#pragma warning disable CA5394 // Nothing secret.
        var ahead = new ReadAhead(_ => new Trickle(large, new Random(2), 300_000), Token);
#pragma warning restore CA5394
        await using (ahead)
        {
            var copy = new MemoryStream();
            ahead.CopyTo(copy, 100_000);
            Assert.True(large.AsSpan().SequenceEqual(copy.ToArray()));
            Assert.Equal(0, ahead.Read(new byte[10]));
        }
    }

    [Fact]
    public async Task Reading_ahead_goes_so_far_and_no_further()
    {
        var source = new Endless(long.MaxValue);
        await using var ahead = new ReadAhead(_ => source, Token);
        Assert.Equal(1, ahead.Read(new byte[1]));
        await WaitAsync(() => source.Position >= 20 * (256 << 10));
        await Task.Delay(20, Token);
        Assert.Equal(20 * (256 << 10), source.Position);
    }

    [Fact]
    public async Task What_fails_ahead_comes_after_all_that_came_before_it()
    {
        await using var ahead = new ReadAhead(_ => new Endless(600_000), Token);
        var read = 0;
        var buffer = new byte[100_000];
        var error = Assert.Throws<InvalidDataException>(() =>
        {
            for (int count; (count = ahead.Read(buffer)) > 0;)
            {
                read += count;
            }
        });
        Assert.Equal("enough", error.Message);
        Assert.Equal(2 * (256 << 10), read);
        await using var unopened = new ReadAhead(_ => throw new FileNotFoundException("gone"), Token);
        Assert.Throws<FileNotFoundException>(() => unopened.Read(buffer));
    }

    [Fact]
    public async Task Disposing_ends_a_source_that_waits_and_closes_it()
    {
        var waiting = new Waiting();
        var ahead = new ReadAhead(waiting.Open, Token);
        await WaitAsync(() => waiting.IsRead);
        await ahead.DisposeAsync();
        Assert.True(waiting.IsDisposed);
    }

    [Fact]
    public async Task Cancelling_ends_whoever_reads()
    {
        using var stop = new CancellationTokenSource();
        var waiting = new Waiting();
        await using var ahead = new ReadAhead(waiting.Open, stop.Token);
        var reading = Task.Run(() => ahead.Read(new byte[1]), Token);
        await WaitAsync(() => waiting.IsRead);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public void A_stream_that_is_only_read_is_only_read()
    {
        using Stream stream = new PeekStream(new MemoryStream([1]));
        Assert.True(stream.CanRead && !stream.CanSeek && !stream.CanWrite);
        Assert.Throws<NotSupportedException>(() => stream.Length);
        Assert.Throws<NotSupportedException>(() => stream.Position);
        Assert.Throws<NotSupportedException>(() => stream.Position = 0);
        Assert.Throws<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => stream.SetLength(0));
        Assert.Throws<NotSupportedException>(() => stream.Write([1], 0, 1));
    }

    [Fact]
    public void A_stream_that_is_only_written_leaves_its_output_open()
    {
        var output = new MemoryStream();
        using (Stream stream = new LeftOpenStream(output))
        {
            stream.Write([0, 1, 2, 3], 1, 2);
            Assert.True(stream.CanWrite && !stream.CanSeek && !stream.CanRead);
            Assert.Throws<NotSupportedException>(() => stream.Read(new byte[1], 0, 1));
        }

        output.WriteByte(9);
        Assert.Equal([1, 2, 9], output.ToArray());
    }

    private static async Task WaitAsync(Func<bool> reached)
    {
        for (var i = 0; i < 500 && !reached(); i++)
        {
            await Task.Delay(5, Token);
        }

        Assert.True(reached());
    }

    /// <summary>Zeros, and then a failure.</summary>
    private sealed class Endless(long after) : ReadOnlyStream
    {
        private long _position;

        public override long Position
        {
            get => Interlocked.Read(ref _position);
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            if (Position >= after)
            {
                throw new InvalidDataException("enough");
            }

            var length = (int)Math.Min(buffer.Length, after - Position);
            Interlocked.Add(ref _position, length);
            return length;
        }
    }

    /// <summary>A stream whose reads wait until they are cancelled.</summary>
    private sealed class Waiting : ReadOnlyStream
    {
        private CancellationToken _stop;

        public bool IsRead { get; private set; }

        public bool IsDisposed { get; private set; }

        public Waiting Open(CancellationToken stop)
        {
            _stop = stop;
            return this;
        }

        public override int Read(Span<byte> buffer)
        {
            IsRead = true;
            _stop.WaitHandle.WaitOne();
            _stop.ThrowIfCancellationRequested();
            return 0;
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
