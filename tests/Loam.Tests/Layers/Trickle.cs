using Loam.Streams;

namespace Loam.Tests;

/// <summary>Bytes that come in pieces of random lengths, as they do from a network.</summary>
internal sealed class Trickle(byte[] content, Random random, int most) : ReadOnlyStream
{
    private int _at;

    public override int Read(Span<byte> buffer)
    {
#pragma warning disable CA5394 // Nothing secret.
        var length = Math.Min(Math.Min(buffer.Length, content.Length - _at), random.Next(most) + 1);
#pragma warning restore CA5394
        content.AsSpan(_at, length).CopyTo(buffer);
        _at += length;
        return length;
    }
}
