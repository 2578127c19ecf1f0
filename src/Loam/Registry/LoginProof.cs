using System.Net;
using Loam.Registry;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loam;

/// <summary>Shows a credential to a registry, to find out whether it is valid before it is stored.</summary>
public static class LoginProof
{
    /// <summary>Asks for the root of a registry's API, and answers its challenge with the credential (distribution-spec,
    /// "Determining Support"; "Token Authentication Specification").</summary>
    /// <param name="registryHost"><c>host[:port]</c>.</param>
    /// <param name="credential">User name and password.</param>
    /// <param name="options">How the registry is used; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Whether it was verified; a registry that does not require a login verifies none.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="registryHost"/> or <paramref name="credential"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.CredentialsRejected"/>, <see cref="ErrorCodes.CredentialsWithheld"/>,
    /// or the registry cannot be reached.</exception>
    public static async Task<bool> ProveAsync(
        string registryHost, RegistryCredential.Basic credential, RegistryOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(registryHost);
        ArgumentNullException.ThrowIfNull(credential);
        try
        {
            return await ShowAsync(registryHost, credential, options ?? new RegistryOptions(), cancellationToken).ConfigureAwait(false);
        }
        catch (LoamException e) when (Redact(e.Message, credential) is var message && message != e.Message)
        {
            // A registry that knows the password may say it even where it was not shown.
            throw new LoamException(e.Code, message) { Hint = e.Hint, Details = e.Details };
        }
    }

    private static string Redact(string message, RegistryCredential.Basic credential) =>
        RegistryFailure.Without(RegistryFailure.Without(message, credential.Parameter), credential.Password);

    private static async Task<bool> ShowAsync(
        string registryHost, RegistryCredential.Basic credential, RegistryOptions options, CancellationToken cancellationToken)
    {
        var shown = options with { Credentials = (_, _, _) => ValueTask.FromResult<RegistryCredential?>(credential) };
        var retries = new RetryPolicy(shown, TimeProvider.System, NullLogger.Instance);
        using var sender = new RequestSender(shown, retries, TimeProvider.System, NullLogger.Instance);

        // The registry itself, and no mirror of it, decides; any repository's location knows how it is spoken to.
        var location = options.Locations?.Invoke(ImageReference.Parse($"{registryHost}/login")).LastOrDefault(place => !place.IsMirror)
            ?? new RegistryLocation(registryHost, "");
        var target = RegistryTarget.Of(location, shown);
        var request = new RegistryRequest(target, HttpMethod.Get, target.Api, Scope: "");
        using var response = await sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw await RegistryFailure.FromAsync(response, ErrorCodes.RegistryProtocol, registryHost, cancellationToken).ConfigureAwait(false);
        }

        return response.RequestMessage!.Options.TryGetValue(RequestSender.Asked, out var asked) && asked switch
        {
            GrantKind.Password => true,
            GrantKind.Withheld => throw new LoamException(ErrorCodes.CredentialsWithheld, $"the token server of {registryHost} is on another domain"),
            _ => false,
        };
    }
}
