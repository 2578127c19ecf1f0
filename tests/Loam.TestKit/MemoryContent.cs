using Loam.Filesystems;

namespace Loam.TestKit;

/// <summary>A file's content in memory.</summary>
public sealed class MemoryContent(byte[] bytes) : FileContent(bytes.Length)
{
    /// <summary>The bytes of a file whose content was made here.</summary>
    public static byte[] Of(RegularFileNode file) => ((MemoryContent)file.Content).Bytes;

    private byte[] Bytes => bytes;
}

/// <summary>Keeps contents in memory.</summary>
public sealed class MemorySink : IContentSink
{
    private readonly MemoryStream _current = new();

    public long Position => _current.Length;

    public void Write(ReadOnlySpan<byte> data) => _current.Write(data);

    public void Skip(long bytes) => _current.Write(new byte[bytes]);

    public FileContent Finish()
    {
        var content = new MemoryContent(_current.ToArray());
        _current.SetLength(0);
        return content;
    }
}
