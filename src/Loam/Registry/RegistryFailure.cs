using System.Net;
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
        var code = status switch
        {
            HttpStatusCode.Unauthorized => ErrorCodes.Unauthorized,
            HttpStatusCode.Forbidden => ErrorCodes.Forbidden,
            HttpStatusCode.NotFound => missing,
            HttpStatusCode.TooManyRequests => ErrorCodes.TooManyRequests,
            >= HttpStatusCode.InternalServerError => ErrorCodes.RegistryUnavailable,
            _ => ErrorCodes.RegistryProtocol,
        };
        var said = await ReadMessageAsync(response, cancellationToken).ConfigureAwait(false);
        return new LoamException(code, $"{what}: the registry answered {(int)status}{(said.Length > 0 ? $" ({said})" : "")}")
        {
            Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["reference"] = what, ["status"] = $"{(int)status}" },
        };
    }

    private static async Task<string> ReadMessageAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var body = await BoundedBody.ReadAsync(response, MaximumBytes, cancellationToken).ConfigureAwait(false);
            var first = JsonSerializer.Deserialize(body, RegistryJson.Default.RegistryErrors)?.Errors?.FirstOrDefault();
            return Sanitize($"{first?.Code}: {first?.Message}".Trim(':', ' '));
        }
        catch (Exception e) when (e is JsonException or LoamException or IOException or HttpRequestException)
        {
            return "";
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
