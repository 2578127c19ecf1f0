namespace Loam.Filesystems;

/// <summary>Takes the content of one file after another, each from its first byte to its last.</summary>
public interface IContentSink
{
    /// <summary>Bytes of the present file so far.</summary>
    public long Position { get; }

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> data);

    /// <summary>Appends zeros.</summary>
    public void Skip(long bytes);

    /// <summary>Ends the file and makes ready for the next.</summary>
    public FileContent Finish();
}
