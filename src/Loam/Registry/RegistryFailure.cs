using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Loam;

/// <summary>What a registry's refusal means.</summary>
internal static class RegistryFailure
{
    private const int MaximumBytes = 64 << 10;
    private const int MaximumText = 200;

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
        var said = Sanitize(Redact($"{error?.Code}: {error?.Message}".Trim(':', ' '), response.RequestMessage?.Headers.Authorization));
        return new LoamException(CodeOf(response, missing, error?.Code, said), $"{what}: the registry answered {(int)status}{(said.Length > 0 ? $" ({said})" : "")}")
        {
            Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["reference"] = what, ["status"] = $"{(int)status}" },
        };
    }

    private static ErrorCode CodeOf(HttpResponseMessage response, ErrorCode missing, string? code, string said) => response.StatusCode switch
    {
        HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.InsufficientStorage => ErrorCodes.QuotaExceeded,
        >= HttpStatusCode.BadRequest when said.Contains("quota", StringComparison.OrdinalIgnoreCase) => ErrorCodes.QuotaExceeded,
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when AskedAs(response) == GrantKind.Withheld => ErrorCodes.CredentialsWithheld,
        HttpStatusCode.Unauthorized => AskedAs(response) switch
        {
            GrantKind.Password => ErrorCodes.CredentialsRejected,
            GrantKind.Token => ErrorCodes.TokenRejected,
            _ => ErrorCodes.Unauthorized,
        },
        HttpStatusCode.Forbidden => ErrorCodes.Forbidden,
        HttpStatusCode.NotFound when code == "NAME_UNKNOWN" => ErrorCodes.RepositoryUnknown,
        HttpStatusCode.NotFound => missing,
        HttpStatusCode.TooManyRequests => ErrorCodes.TooManyRequests,
        >= HttpStatusCode.InternalServerError => ErrorCodes.RegistryUnavailable,
        _ => ErrorCodes.RegistryProtocol,
    };

    private static GrantKind AskedAs(HttpResponseMessage response) =>
        response.RequestMessage?.Options.TryGetValue(RequestSender.Asked, out var kind) == true ? kind : GrantKind.Anonymous;

    private static async Task<RegistryError?> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var body = await BoundedBody.ReadAsync(response, MaximumBytes, cancellationToken).ConfigureAwait(false);
            return JsonSerializer.Deserialize(body, RegistryJson.Default.RegistryErrors)?.Errors?.FirstOrDefault();
        }
        catch (Exception e) when (e is JsonException or LoamException or IOException or HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Takes out what we said to prove who asks, should the registry repeat it.</summary>
    private static string Redact(string text, AuthenticationHeaderValue? authorization)
    {
        foreach (var secret in SecretsOf(authorization))
        {
            text = text.Replace(secret, "(redacted)", StringComparison.Ordinal);
        }

        return text;
    }

    private static IEnumerable<string> SecretsOf(AuthenticationHeaderValue? authorization)
    {
        if (authorization?.Parameter is not { Length: > 0 } parameter)
        {
            yield break;
        }

        yield return parameter;
        var decoded = new byte[parameter.Length];
        if (authorization.Scheme == "Basic" && Convert.TryFromBase64String(parameter, decoded, out var length)
            && Encoding.UTF8.GetString(decoded, 0, length) is var pair && pair[(pair.IndexOf(':', StringComparison.Ordinal) + 1)..] is { Length: > 0 } password)
        {
            yield return password;
        }
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
