namespace Loam.Registry;

/// <summary>One request as the protocol's corners demand it.</summary>
/// <param name="Target">Where it is sent.</param>
/// <param name="Method">What it does.</param>
/// <param name="Address">Under the registry's API, or where the registry said to go on.</param>
/// <param name="Scope">What a token must allow.</param>
internal sealed record RegistryRequest(RegistryTarget Target, HttpMethod Method, Uri Address, string Scope)
{
    /// <summary>Media types that are understood.</summary>
    public IReadOnlyList<string> Accept { get; init; } = [];

    /// <summary>The first byte wanted.</summary>
    public long From { get; init; }

    /// <summary>Makes a body for each try; it calls its argument whenever bytes have gone out.</summary>
    public Func<Action, HttpContent>? Body { get; init; }

    /// <summary>Whether failures that may pass are tried again.</summary>
    public bool Retry { get; init; } = true;
}
