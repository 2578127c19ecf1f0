namespace Loam.Filesystems;

/// <summary>Takes the content of one file after another, each from its first byte to its last.</summary>
public interface IContentSink
{
    /// <summary>Bytes of the present file so far.</summary>
    public long Position { get; }

    /// <summary>Appends bytes.</summary>
    /// <param name="data">The bytes.</param>
    public void Write(ReadOnlySpan<byte> data);

    /// <summary>Appends zeros.</summary>
    /// <param name="bytes">How many.</param>
    public void Skip(long bytes);

    /// <summary>Ends the file; the next one can begin.</summary>
    /// <returns>Its content.</returns>
    public FileContent Finish();
}
