using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Loam;

/// <summary>Gets bearer tokens from the realms that registries name, and keeps them by scope until they expire.</summary>
internal sealed class TokenSource(HttpMessageInvoker http, TimeProvider time)
{
    private const int MaximumBytes = 1 << 20;
    private const int ShortestLifeSeconds = 60;
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Token> _tokens = new(StringComparer.Ordinal);

    /// <summary>A token that was given for a scope before and still holds.</summary>
    public string? Find(string scope) =>
        _tokens.TryGetValue(scope, out var token) && token.Expires > time.GetUtcNow() ? token.Value : null;

    /// <summary>Asks for a new token.</summary>
    /// <param name="challenge">What the registry demands.</param>
    /// <param name="registry">The registry's API; tokens are only asked for over TLS or from the registry's own host.</param>
    /// <param name="scope">What it is kept under, and asked for where the challenge names nothing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<string> RequestAsync(Challenge challenge, Uri registry, string scope, CancellationToken cancellationToken)
    {
        var realm = challenge.Realm;
        if (realm.Scheme != Uri.UriSchemeHttps && !(realm.Scheme == Uri.UriSchemeHttp && registry.Scheme == Uri.UriSchemeHttp && realm.Host == registry.Host))
        {
            throw new LoamException(ErrorCodes.RegistryProtocol, $"{registry.Authority} sends for tokens to {realm.Scheme}://{realm.Authority}, which is not secure");
        }

        var query = new List<string>();
        AddTo(query, "service", challenge.Service);
        foreach (var part in (challenge.Scope ?? scope).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            AddTo(query, "scope", part);
        }

        var address = new UriBuilder(realm) { Query = string.Join('&', (string[])[realm.Query.TrimStart('?'), .. query]).TrimStart('&') };
        using var request = new HttpRequestMessage(HttpMethod.Get, address.Uri);
        using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            throw new LoamException(ErrorCodes.Unauthorized, $"{realm.Authority} gives no token for {scope}: {(int)response.StatusCode}");
        }

        var body = await BoundedBody.ReadAsync(response, MaximumBytes, cancellationToken).ConfigureAwait(false);
        var answer = Parse(body, realm);
        var life = TimeSpan.FromSeconds(Math.Clamp(answer.ExpiresIn ?? ShortestLifeSeconds, 1, 86_400));
        var value = answer.Token ?? answer.AccessToken ?? throw new LoamException(ErrorCodes.RegistryProtocol, $"{realm.Authority} answered without a token");
        _tokens[scope] = new Token(value, time.GetUtcNow() + life - (life > 2 * Margin ? Margin : TimeSpan.Zero));
        return value;
    }

    private static void AddTo(List<string> query, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            query.Add($"{name}={Uri.EscapeDataString(value)}");
        }
    }

    private static TokenAnswer Parse(byte[] body, Uri realm)
    {
        try
        {
            return JsonSerializer.Deserialize(body, RegistryJson.Default.TokenAnswer) ?? new TokenAnswer(null, null, null);
        }
        catch (JsonException e)
        {
            // The body may hold a secret; only the place of the error is told.
            throw new LoamException(ErrorCodes.RegistryProtocol, $"{realm.Authority} answered with something that is not a token (byte {e.BytePositionInLine})");
        }
    }

    private sealed record Token(string Value, DateTimeOffset Expires);
}

internal sealed record TokenAnswer(
    [property: JsonPropertyName("token")] string? Token,
    [property: JsonPropertyName("access_token")] string? AccessToken,
    [property: JsonPropertyName("expires_in")] int? ExpiresIn);

internal sealed record RegistryErrors([property: JsonPropertyName("errors")] IReadOnlyList<RegistryError?>? Errors);

internal sealed record RegistryError(
    [property: JsonPropertyName("code")] string? Code,
    [property: JsonPropertyName("message")] string? Message);

[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(RegistryErrors))]
internal sealed partial class RegistryJson : JsonSerializerContext;
