using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;

namespace Loam;

/// <summary>A registry's demand for a token (distribution, "Token Authentication Specification").</summary>
/// <param name="Realm">Where tokens are given.</param>
/// <param name="Service">For whom, if stated.</param>
/// <param name="Scope">What for, if stated.</param>
internal sealed record Challenge(Uri Realm, string? Service, string? Scope)
{
    /// <summary>Finds the demand for a bearer token among a response's challenges.</summary>
    public static bool TryFind(HttpHeaderValueCollection<AuthenticationHeaderValue> headers, [NotNullWhen(true)] out Challenge? challenge)
    {
        challenge = null;
        foreach (var header in headers)
        {
            if (string.Equals(header.Scheme, "Bearer", StringComparison.OrdinalIgnoreCase)
                && ReadParameters(header.Parameter ?? "") is var parameters
                && Uri.TryCreate(parameters.GetValueOrDefault("realm"), UriKind.Absolute, out var realm))
            {
                challenge = new Challenge(realm, parameters.GetValueOrDefault("service"), parameters.GetValueOrDefault("scope"));
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads <c>name="value",name=value</c> (RFC 9110, 11.2); quoted values may hold commas and escaped quotes.</summary>
    internal static Dictionary<string, string> ReadParameters(string text)
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
            var value = new System.Text.StringBuilder();
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
