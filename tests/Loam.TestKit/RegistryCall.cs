namespace Loam.TestKit;

/// <summary>A request as the in-process registry saw it.</summary>
public sealed class RegistryCall
{
    public required string Method { get; init; }

    public required string Path { get; init; }

    public required string Query { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The first byte asked for by a Range header, or null.</summary>
    public long? From { get; init; }

    /// <summary>How many bytes of a body were sent.</summary>
    public long BytesSent { get; set; }

    /// <summary>What came with it.</summary>
    public byte[] Body { get; set; } = [];

    /// <summary>The host that it was for, where this server was taken for a proxy.</summary>
    public string? ProxiedTo { get; init; }

    public string? Authorization => Headers.GetValueOrDefault(nameof(Authorization));

    public bool IsManifest => Path.Contains("/manifests/", StringComparison.Ordinal);

    public bool IsBlob => Path.Contains("/blobs/", StringComparison.Ordinal);
}

/// <summary>What the in-process registry does instead of answering as it should.</summary>
public abstract record Misbehaviour
{
    /// <summary>Sends so many bytes of the body and breaks the connection.</summary>
    public sealed record Break(long After) : Misbehaviour;

    /// <summary>Sends so many bytes of the body and then nothing more.</summary>
    public sealed record Stall(long After) : Misbehaviour;

    /// <summary>Answers with a status, headers and a body of its own.</summary>
    public sealed record Answer(int Status, string Body = "", params (string Name, string Value)[] Headers) : Misbehaviour;

    /// <summary>Lets another server answer, as a reverse proxy does.</summary>
    public sealed record Forward(string Host) : Misbehaviour;

    /// <summary>Sends other bytes of the same length.</summary>
    public sealed record WrongContent : Misbehaviour;

    /// <summary>Sends everything although a range was asked for.</summary>
    public sealed record IgnoreRange : Misbehaviour;

    /// <summary>Sends more than it has, with a length to match.</summary>
    public sealed record TooLong(int Extra) : Misbehaviour;

    /// <summary>Waits before it answers as it should.</summary>
    public sealed record Late(TimeSpan By) : Misbehaviour;
}
