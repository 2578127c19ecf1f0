using System.Net.Http.Headers;
using System.Text;

namespace Loam.Registry;

/// <summary>A registry's demand for a token (distribution, "Token Authentication Specification").</summary>
/// <param name="Realm">Where tokens are given.</param>
/// <param name="Service">The service that they are for, if stated.</param>
/// <param name="Scope">What for, if stated.</param>
/// <param name="Error">What is wrong with the token it got, if stated (RFC 6750, 3.1).</param>
internal sealed record BearerChallenge(Uri Realm, string? Service, string? Scope, string? Error);

/// <summary>What a registry takes as proof of who asks (RFC 9110, 11.6.1).</summary>
/// <param name="Bearer">A token, from where this says; null if it takes none.</param>
/// <param name="Basic">Whether it takes a name and a password.</param>
internal sealed record Challenge(BearerChallenge? Bearer, bool Basic)
{
    /// <summary>Reads all challenges of an answer; the first of each kind counts.</summary>
    public static Challenge Of(HttpHeaderValueCollection<AuthenticationHeaderValue> headers) => new(
        headers.Where(header => Is(header, "Bearer")).Select(ReadBearer).FirstOrDefault(bearer => bearer is not null),
        headers.Any(header => Is(header, "Basic")));

    private static bool Is(AuthenticationHeaderValue header, string scheme) => string.Equals(header.Scheme, scheme, StringComparison.OrdinalIgnoreCase);

    private static BearerChallenge? ReadBearer(AuthenticationHeaderValue header)
    {
        var parameters = ReadParameters(header.Parameter ?? "");
        return Uri.TryCreate(parameters.GetValueOrDefault("realm"), UriKind.Absolute, out var realm)
            ? new BearerChallenge(realm, parameters.GetValueOrDefault("service"), parameters.GetValueOrDefault("scope"), parameters.GetValueOrDefault("error"))
            : null;
    }

    /// <summary>Reads <c>name="value",name=value</c> (RFC 9110, 11.2); quoted values may hold commas and escaped quotes.</summary>
    private static Dictionary<string, string> ReadParameters(string text)
    {
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var at = 0;
        while (at < text.Length)
        {
            var equals = text.IndexOf('=', at);
            if (equals < 0)
            {
                break;
            }

            var name = text[at..equals].Trim(' ', ',', '\t');
            var value = new StringBuilder();
            at = equals + 1;
            if (at < text.Length && text[at] == '"')
            {
                for (at++; at < text.Length && text[at] != '"'; at++)
                {
                    at += text[at] == '\\' && at + 1 < text.Length ? 1 : 0;
                    value.Append(text[at]);
                }

                at++;
            }
            else
            {
                for (; at < text.Length && text[at] != ','; at++)
                {
                    value.Append(text[at]);
                }
            }

            parameters[name] = value.ToString().Trim();
        }

        return parameters;
    }
}
