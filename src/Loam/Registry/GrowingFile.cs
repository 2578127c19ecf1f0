using System.Runtime.ExceptionServices;
using Loam.Streams;
using Microsoft.Win32.SafeHandles;

namespace Loam.Registry;

/// <summary>A file that one writes and others read meanwhile, each from the front.</summary>
internal sealed class GrowingFile(string path, long length)
{
    private readonly object _gate = new();
    private ExceptionDispatchInfo? _failure;
    private long _available;

    /// <summary>Tells readers how many bytes are there.</summary>
    public void Advance(long available)
    {
        lock (_gate)
        {
            _available = available;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Tells readers that no more will come.</summary>
    public void Fail(Exception failure)
    {
        lock (_gate)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Opens the file; reads wait until bytes are there, and throw if the writer failed.</summary>
    public Stream OpenRead()
    {
        lock (_gate)
        {
            _failure?.Throw();
            return new Reader(this, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        }
    }

    private long WaitBeyond(long position)
    {
        lock (_gate)
        {
            while (_available <= position && position < length)
            {
                _failure?.Throw();
                Monitor.Wait(_gate);
            }

            return _available;
        }
    }

    private sealed class Reader(GrowingFile file, SafeFileHandle handle) : ReadOnlyStream
    {
        private long _position;

        public override int Read(Span<byte> buffer)
        {
            var available = file.WaitBeyond(_position);
            var read = RandomAccess.Read(handle, buffer[..(int)Math.Min(buffer.Length, available - _position)], _position);
            _position += read;
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                handle.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
