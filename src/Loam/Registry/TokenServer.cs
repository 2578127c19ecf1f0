using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Loam.Registry;

/// <summary>A token that a token server gave.</summary>
internal sealed class AccessToken(string value, DateTimeOffset expires)
{
    public string Value => value;

    public DateTimeOffset Expires => expires;
}

/// <summary>Asks token servers for tokens (distribution, "Token Authentication Specification" and "OAuth2 Token Authentication").</summary>
internal sealed class TokenServer(HttpConnections http, RegistryOptions options, TimeProvider time)
{
    private const string Client = "loam";
    private const int MaximumBytes = 1 << 20;
    private const int ShortestLifeSeconds = 60;
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>Asks for a token.</summary>
    /// <param name="target">The registry.</param>
    /// <param name="challenge">What it demands.</param>
    /// <param name="scope">What the token is for, besides what the challenge says.</param>
    /// <param name="credential">Who asks; null for nobody in particular.</param>
    /// <param name="withheld">Whether there is a credential that the server may not know.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="LoamException">The server gives none.</exception>
    public async Task<AccessToken> RequestAsync(
        RegistryTarget target, BearerChallenge challenge, string scope, RegistryCredential? credential, bool withheld, CancellationToken cancellationToken)
    {
        var realm = challenge.Realm;
        if (!Realm.IsSecure(realm, target))
        {
            throw new LoamException(
                ErrorCodes.RegistryProtocol, $"{target.Api.Authority} names {realm.Scheme}://{realm.Authority} as its token server, which is not secure");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.StallTimeout);
        try
        {
            using var response = await AskAsync(target, realm, Parameters(challenge, scope), credential, limit.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? await ReadAsync(response, realm, limit.Token).ConfigureAwait(false)
                : throw Refusal(response, realm, scope, credential, withheld);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && RegistryHttp.Translate(e, $"token server {realm.Authority}") is { } translated)
        {
            throw translated;
        }
    }

    private async Task<HttpResponseMessage> AskAsync(
        RegistryTarget target, Uri realm, List<KeyValuePair<string, string>> parameters, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        var response = await SendAsync(target, CreateRequest(realm, parameters, credential), cancellationToken).ConfigureAwait(false);
        if (credential is RegistryCredential.Basic basic && response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
        {
            // Servers that only know OAuth2.
            response.Dispose();
            parameters.AddRange([new("grant_type", "password"), new("username", basic.User), new("password", basic.Password)]);
            response = await SendAsync(target, Post(realm, parameters), cancellationToken).ConfigureAwait(false);
        }

        return response;
    }

    private static List<KeyValuePair<string, string>> Parameters(BearerChallenge challenge, string scope)
    {
        var parameters = new List<KeyValuePair<string, string>>();
        if (challenge.Service is { Length: > 0 } service)
        {
            parameters.Add(new("service", service));
        }

        foreach (var part in $"{challenge.Scope} {scope}".Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal))
        {
            parameters.Add(new("scope", part));
        }

        return parameters;
    }

    private static HttpRequestMessage CreateRequest(Uri realm, List<KeyValuePair<string, string>> parameters, RegistryCredential? credential)
    {
        if (credential is RegistryCredential.IdentityToken identity)
        {
            return Post(realm, [.. parameters, new("grant_type", "refresh_token"), new("refresh_token", identity.Token)]);
        }

        if (credential is RegistryCredential.Basic named)
        {
            parameters = [.. parameters, new("account", named.User)];
        }

        var query = string.Join('&', parameters.Select(parameter => $"{parameter.Key}={Uri.EscapeDataString(parameter.Value)}"));
        var address = new UriBuilder(realm) { Query = $"{realm.Query.TrimStart('?')}&{query}".Trim('&') };
        var request = new HttpRequestMessage(HttpMethod.Get, address.Uri);
        if (credential is RegistryCredential.Basic basic)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", basic.Parameter);
        }

        return request;
    }

    private static HttpRequestMessage Post(Uri realm, IEnumerable<KeyValuePair<string, string>> parameters) => new(HttpMethod.Post, realm)
    {
        // Several scopes are one parameter here (RFC 6749, 3.3).
        Content = new FormUrlEncodedContent(parameters.Append(new("client_id", Client))
            .GroupBy(parameter => parameter.Key, StringComparer.Ordinal)
            .Select(same => new KeyValuePair<string, string>(same.Key, string.Join(' ', same.Select(parameter => parameter.Value))))),
    };

    private async Task<HttpResponseMessage> SendAsync(RegistryTarget target, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        {
            return await http.SendAsync(target, request, cancellationToken).ConfigureAwait(false);
        }
    }

    private static LoamException Refusal(HttpResponseMessage response, Uri realm, string scope, RegistryCredential? credential, bool withheld)
    {
        var code = response.StatusCode switch
        {
            HttpStatusCode.TooManyRequests => ErrorCodes.TooManyRequests,
            >= HttpStatusCode.InternalServerError => ErrorCodes.RegistryUnavailable,
            < HttpStatusCode.BadRequest => ErrorCodes.RegistryProtocol,
            _ when withheld => ErrorCodes.CredentialsWithheld,
            _ => credential switch
            {
                null => ErrorCodes.Unauthorized,
                RegistryCredential.Basic => ErrorCodes.CredentialsRejected,
                _ => ErrorCodes.TokenRejected,
            },
        };
        return new LoamException(code, $"{realm.Authority} refused a token for {scope}: {(int)response.StatusCode}")
        {
            RetryAfter = RegistryHttp.RetryAfter(response),
        };
    }

    private async Task<AccessToken> ReadAsync(HttpResponseMessage response, Uri realm, CancellationToken cancellationToken)
    {
        var body = await BoundedBody.ReadAsync(response, MaximumBytes, cancellationToken).ConfigureAwait(false);
        var answer = Parse(body, realm);
        var life = TimeSpan.FromSeconds(Math.Clamp(answer.ExpiresIn ?? ShortestLifeSeconds, 1, 86_400));
        var value = answer.Token ?? answer.AccessToken ?? throw new LoamException(ErrorCodes.RegistryProtocol, $"{realm.Authority} answered without a token");
        return new AccessToken(value, time.GetUtcNow() + life - (life > 2 * Margin ? Margin : TimeSpan.Zero));
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
            throw new LoamException(ErrorCodes.RegistryProtocol, $"{realm.Authority} did not answer with a token (byte {e.BytePositionInLine})");
        }
    }
}

internal sealed record TokenAnswer(
    [property: JsonPropertyName("token")] string? Token,
    [property: JsonPropertyName("access_token")] string? AccessToken,
    [property: JsonPropertyName("expires_in")] int? ExpiresIn)
{
    /// <inheritdoc/>
    public override string ToString() => nameof(TokenAnswer);
}

internal sealed record RegistryErrors([property: JsonPropertyName("errors")] IReadOnlyList<RegistryError?>? Errors);

internal sealed record RegistryError(
    [property: JsonPropertyName("code")] string? Code,
    [property: JsonPropertyName("message")] string? Message);

internal sealed record TagPage([property: JsonPropertyName("tags")] IReadOnlyList<string?>? Tags);

[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(RegistryErrors))]
[JsonSerializable(typeof(TagPage))]
internal sealed partial class RegistryJson : JsonSerializerContext;
