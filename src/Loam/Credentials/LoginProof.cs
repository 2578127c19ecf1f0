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
                await CheckAsync(first, registryHost, limit.Token).ConfigureAwait(false);
                return false;
            }

            var basic = new AuthenticationHeaderValue("Basic", credential.Parameter);
            var shown = Challenge.TryFind(first.Headers.WwwAuthenticate, out var challenge)
                ? new AuthenticationHeaderValue("Bearer", await TokenAsync(http, api, challenge, credential.User, basic, limit.Token).ConfigureAwait(false))
                : basic;
            using var second = await AskAsync(http, api, shown, limit.Token).ConfigureAwait(false);
            await CheckAsync(second, registryHost, limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && RegistryHttp.Translate(e, registryHost) is { } translated)
        {
            throw translated;
        }
    }

    private static async Task<string> TokenAsync(
        HttpMessageInvoker http, Uri api, Challenge challenge, string user, AuthenticationHeaderValue basic, CancellationToken cancellationToken)
    {
        var realm = challenge.Realm;
        if (realm.Scheme != Uri.UriSchemeHttps && !(realm.Scheme == Uri.UriSchemeHttp && api.Scheme == Uri.UriSchemeHttp && realm.Host == api.Host))
        {
            throw new LoamException(ErrorCodes.RegistryProtocol, $"{api.Authority} sends for tokens to {realm.Scheme}://{realm.Authority}, which is not secure");
        }

        var query = $"account={Uri.EscapeDataString(user)}&client_id=loam{(challenge.Service is { } service ? $"&service={Uri.EscapeDataString(service)}" : "")}";
        var address = new UriBuilder(realm) { Query = $"{realm.Query.TrimStart('?')}&{query}".TrimStart('&') };
        using var response = await AskAsync(http, address.Uri, basic, cancellationToken).ConfigureAwait(false);
        await CheckAsync(response, realm.Authority, cancellationToken).ConfigureAwait(false);
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

    private static async Task CheckAsync(HttpResponseMessage response, string who, CancellationToken cancellationToken)
    {
        if (response.StatusCode == HttpStatusCode.OK)
        {
            return;
        }

        var failure = await RegistryFailure.FromAsync(response, ErrorCodes.RegistryProtocol, who, cancellationToken).ConfigureAwait(false);
        throw failure.Code == ErrorCodes.Unauthorized
            ? new LoamException(failure.Code, failure.Message, failure) { Hint = "Check the user name and the password.", Details = failure.Details }
            : failure;
    }
}
