using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Loam;

/// <summary>Shows a credential to a registry, to know whether it holds before it is stored.</summary>
public static class LoginProof
{
    private const int MaximumTokenBytes = 1 << 20;

    /// <summary>Asks for the root of a registry's API, and answers its challenge with the credential (distribution-spec,
    /// "Determining Support"; "Token Authentication Specification").</summary>
    /// <param name="registryHost"><c>host[:port]</c>.</param>
    /// <param name="credential">User name and password.</param>
    /// <param name="options">How the registry is spoken to.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it was proved; a registry that asks nobody for credentials proves none.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.Unauthorized"/>, <see cref="ErrorCodes.Forbidden"/>, or the registry
    /// cannot be reached.</exception>
    public static async Task<bool> ProveAsync(
        string registryHost, RegistryCredential.Basic credential, RegistryOptions options, CancellationToken cancellationToken)
    {
        var api = RegistryEndpoint.Of(registryHost, options);
        using var http = new HttpMessageInvoker(RegistryHttp.CreateHandler(options));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.StallTimeout);
        try
        {
            using var first = await AskAsync(http, api, null, limit.Token).ConfigureAwait(false);
            if (first.StatusCode != HttpStatusCode.Unauthorized)
            {
                await CheckAsync(first, registryHost, credential, limit.Token).ConfigureAwait(false);
                return false;
            }

            var shown = Challenge.TryFind(first.Headers.WwwAuthenticate, out var challenge)
                ? new AuthenticationHeaderValue("Bearer", await TokenAsync(http, api, challenge, credential, limit.Token).ConfigureAwait(false))
                : Basic(credential);
            using var second = await AskAsync(http, api, shown, limit.Token).ConfigureAwait(false);
            await CheckAsync(second, registryHost, credential, limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && RegistryHttp.Translate(e, registryHost) is { } translated)
        {
            throw translated;
        }
    }

    private static async Task<string> TokenAsync(
        HttpMessageInvoker http, Uri api, Challenge challenge, RegistryCredential.Basic credential, CancellationToken cancellationToken)
    {
        var realm = challenge.Realm;
        if (realm.Scheme != Uri.UriSchemeHttps && !(realm.Scheme == Uri.UriSchemeHttp && api.Scheme == Uri.UriSchemeHttp && realm.Host == api.Host))
        {
            throw new LoamException(ErrorCodes.RegistryProtocol, $"{api.Authority} sends for tokens to {realm.Scheme}://{realm.Authority}, which is not secure");
        }

        var query = $"account={Uri.EscapeDataString(credential.User)}&client_id=loam{(challenge.Service is { } service ? $"&service={Uri.EscapeDataString(service)}" : "")}";
        var address = new UriBuilder(realm) { Query = $"{realm.Query.TrimStart('?')}&{query}".TrimStart('&') };
        using var response = await AskAsync(http, address.Uri, Basic(credential), cancellationToken).ConfigureAwait(false);
        await CheckAsync(response, realm.Authority, credential, cancellationToken).ConfigureAwait(false);
        var body = await BoundedBody.ReadAsync(response, MaximumTokenBytes, cancellationToken).ConfigureAwait(false);
        try
        {
            var answer = JsonSerializer.Deserialize(body, RegistryJson.Default.TokenAnswer);
            return answer?.Token ?? answer?.AccessToken ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new LoamException(ErrorCodes.RegistryProtocol, $"{realm.Authority} answered without a token");
        }
    }

    private static async Task<HttpResponseMessage> AskAsync(
        HttpMessageInvoker http, Uri address, AuthenticationHeaderValue? shown, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("loam", LoamVersion.Text));
        request.Headers.Authorization = shown;
        return await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private static AuthenticationHeaderValue Basic(RegistryCredential.Basic credential) => new("Basic", credential.Parameter);

    private static async Task CheckAsync(
        HttpResponseMessage response, string who, RegistryCredential.Basic credential, CancellationToken cancellationToken)
    {
        if (response.StatusCode == HttpStatusCode.OK)
        {
            return;
        }

        var failure = await RegistryFailure.FromAsync(response, ErrorCodes.RegistryProtocol, who, cancellationToken).ConfigureAwait(false);

        // A registry may say back what it was told.
        var message = failure.Message.Replace(credential.Parameter, "…", StringComparison.Ordinal);
        throw new LoamException(failure.Code, credential.Password.Length == 0 ? message : message.Replace(credential.Password, "…", StringComparison.Ordinal))
        {
            Hint = failure.Code == ErrorCodes.Unauthorized ? "Check the user name and the password." : failure.Hint,
            Details = failure.Details,
        };
    }
}
