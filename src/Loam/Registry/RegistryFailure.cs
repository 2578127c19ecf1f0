using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Loam.Registry;

/// <summary>What a registry's refusal means.</summary>
internal static class RegistryFailure
{
    private const int MaximumBytes = 64 << 10;
    private const int MaximumText = 200;
    private static readonly TimeSpan LongestBody = TimeSpan.FromSeconds(10);

    /// <summary>A typed error for an answer that is not the one hoped for.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="missing">The code for "not found".</param>
    /// <param name="what">What was asked for.</param>
    /// <param name="cancellationToken">Ends reading the answer.</param>
    public static async Task<LoamException> FromAsync(
        HttpResponseMessage response, ErrorCode missing, string what, CancellationToken cancellationToken)
    {
        var status = response.StatusCode;
        var error = await ReadErrorAsync(response, cancellationToken).ConfigureAwait(false);
        var said = Sanitize(WithoutSecrets($"{error?.Code}: {error?.Message}".Trim(':', ' '), response.RequestMessage?.Headers.Authorization));
        var quoted = said.Length > 0 ? $" ({said})" : "";
        return new LoamException(CodeOf(response, missing, error?.Code, said), $"{what}: the registry answered {(int)status}{quoted}")
        {
            Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["reference"] = what, ["status"] = $"{(int)status}" },
            RetryAfter = RegistryHttp.RetryAfter(response),
        };
    }

    private static ErrorCode CodeOf(HttpResponseMessage response, ErrorCode missing, string? code, string said) => response.StatusCode switch
    {
        HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.InsufficientStorage => ErrorCodes.QuotaExceeded,
        >= HttpStatusCode.BadRequest when said.Contains("quota", StringComparison.OrdinalIgnoreCase) => ErrorCodes.QuotaExceeded,
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when AskedAs(response) == GrantKind.Withheld => ErrorCodes.CredentialsWithheld,
        HttpStatusCode.Unauthorized => AskedAs(response) switch
        {
            GrantKind.Anonymous => ErrorCodes.Unauthorized,
            _ when Error(response) == "insufficient_scope" => ErrorCodes.Forbidden,
            GrantKind.Password when response.RequestMessage?.Headers.Authorization?.Scheme == "Basic" => ErrorCodes.CredentialsRejected,

            // The token server took the password; it is the token that does not allow enough, or does not hold.
            GrantKind.Password when Error(response) != "invalid_token" => ErrorCodes.Forbidden,
            _ => ErrorCodes.TokenRejected,
        },
        HttpStatusCode.Forbidden => ErrorCodes.Forbidden,
        HttpStatusCode.NotFound when code == "NAME_UNKNOWN" => ErrorCodes.RepositoryUnknown,
        HttpStatusCode.NotFound => missing,
        HttpStatusCode.RequestTimeout => ErrorCodes.Timeout,
        HttpStatusCode.TooManyRequests => ErrorCodes.TooManyRequests,
        HttpStatusCode.MethodNotAllowed => ErrorCodes.RegistryUnsupported,
        >= HttpStatusCode.InternalServerError => ErrorCodes.RegistryUnavailable,
        _ => ErrorCodes.RegistryProtocol,
    };

    private static GrantKind AskedAs(HttpResponseMessage response) =>
        response.RequestMessage?.Options.TryGetValue(RequestSender.Asked, out var kind) == true ? kind : GrantKind.Anonymous;

    private static string? Error(HttpResponseMessage response) => Challenge.Of(response.Headers.WwwAuthenticate).Bearer?.Error;

    private static async Task<RegistryError?> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestBody);
        try
        {
            var body = await BoundedBody.ReadAsync(response, MaximumBytes, limit.Token).ConfigureAwait(false);
            return JsonSerializer.Deserialize(body, RegistryJson.Default.RegistryErrors)?.Errors?.FirstOrDefault();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested
            && e is JsonException or LoamException or IOException or HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>A text with a secret taken out.</summary>
    public static string Without(string text, string secret) => secret.Length > 0 ? text.Replace(secret, "…", StringComparison.Ordinal) : text;

    /// <summary>A registry may repeat what it was shown; nobody else is to read that.</summary>
    private static string WithoutSecrets(string text, AuthenticationHeaderValue? shown)
    {
        if (shown?.Parameter is not { Length: > 0 } parameter)
        {
            return text;
        }

        var buffer = new byte[parameter.Length];
        var password = shown.Scheme == "Basic" && Convert.TryFromBase64String(parameter, buffer, out var length)
            ? Encoding.UTF8.GetString(buffer, 0, length).Split(':', 2)[^1]
            : "";
        return Without(Without(text, parameter), password);
    }

    private static string Sanitize(string text)
    {
        var kept = new StringBuilder();
        foreach (var c in text)
        {
            kept.Append(char.IsControl(c) ? ' ' : c);
        }

        return kept.Length > MaximumText ? kept.ToString(0, MaximumText) + "…" : kept.ToString();
    }
}
