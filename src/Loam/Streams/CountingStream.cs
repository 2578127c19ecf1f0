namespace Loam.Streams;

/// <summary>Tells how many bytes were read through it.</summary>
internal sealed class CountingStream(Stream inner, Action<long> report) : ReadOnlyStream
{
    private const long ReportEvery = 256 << 10;
    private long _done;
    private long _reported;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer);
        _done += read;
        if (_done - _reported >= ReportEvery || (read == 0 && _done != _reported))
        {
            _reported = _done;
            report(_done);
        }

        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
