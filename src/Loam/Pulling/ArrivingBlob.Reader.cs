using System.Runtime.ExceptionServices;
using Loam.Streams;
using Microsoft.Win32.SafeHandles;

namespace Loam.Pulling;

/// <content>How far the blob has come, and those who wait for more of it.</content>
internal sealed partial class ArrivingBlob
{
    private readonly object _gate = new();
    private long _available;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Tells readers where the bytes are, and how many.</summary>
    private void Begin(string path, long available)
    {
        lock (_moving)
        {
            _path = path;
        }

        lock (_gate)
        {
            _available = available;
            Monitor.PulseAll(_gate);
        }
    }

    private void Advance(long available)
    {
        lock (_gate)
        {
            _available = available;
            Monitor.PulseAll(_gate);
        }

        _progress?.Invoke(available);
    }

    /// <summary>Tells readers that no more will come.</summary>
    private void Fail(Exception failure)
    {
        lock (_gate)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until there are bytes behind a position, or none will come.</summary>
    private long WaitBeyond(long position, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            while (_available <= position && position < _blob.Size)
            {
                _failure?.Throw();
                cancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }

            return _available;
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private SafeFileHandle Open(CancellationToken cancellationToken)
    {
        try
        {
            lock (_moving)
            {
                return File.OpenHandle(_path!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            }
        }
        catch (FileNotFoundException)
        {
            // Only a fetch that fails takes the file away.
            lock (_gate)
            {
                while (_failure is null)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Monitor.Wait(_gate);
                }

                _failure.Throw();
                throw;
            }
        }
    }

    private sealed class Reader(ArrivingBlob blob, CancellationToken cancellationToken) : ReadOnlyStream
    {
        private readonly CancellationTokenRegistration _wake = cancellationToken.UnsafeRegister(waited => ((ArrivingBlob)waited!).Wake(), blob);
        private SafeFileHandle? _file;
        private long _position;

        public override int Read(Span<byte> buffer)
        {
            var left = blob.WaitBeyond(_position, cancellationToken) - _position;
            if (left <= 0)
            {
                return 0;
            }

            _file ??= blob.Open(cancellationToken);
            var read = RandomAccess.Read(_file, buffer[..(int)Math.Min(buffer.Length, left)], _position);
            _position += read;
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _wake.Dispose();
                _file?.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
