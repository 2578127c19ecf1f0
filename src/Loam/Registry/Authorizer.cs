using System.Collections.Concurrent;
using System.Net.Http.Headers;

namespace Loam.Registry;

/// <summary>How a request says who asks.</summary>
internal enum GrantKind
{
    /// <summary>Nobody in particular.</summary>
    Anonymous,

    /// <summary>A name and a password.</summary>
    Password,

    /// <summary>An identity token or a registry token.</summary>
    Token,

    /// <summary>Anonymously, although there are credentials: the token server may not know them.</summary>
    Withheld,
}

/// <summary>An Authorization header for a registry and a scope, for as long as it holds.</summary>
internal sealed class Grant(AuthenticationHeaderValue header, GrantKind kind, DateTimeOffset expires)
{
    public AuthenticationHeaderValue Header => header;

    public GrantKind Kind => kind;

    public DateTimeOffset Expires => expires;
}

/// <summary>Answers registries' challenges, and keeps the answers by registry and scope until they expire.</summary>
internal sealed class Authorizer(HttpConnections http, RegistryOptions options, TimeProvider time)
{
    private readonly TokenServer _tokens = new(http, options, time);
    private readonly ConcurrentDictionary<(Uri Api, string Scope), Grant> _grants = new();
    private readonly ConcurrentDictionary<(Uri Api, string Scope), SemaphoreSlim> _turns = new();

    /// <summary>What answered the last challenge and still holds.</summary>
    public Grant? Find(RegistryTarget target, string scope) =>
        _grants.TryGetValue((target.Api, scope), out var grant) && grant.Expires > time.GetUtcNow() ? grant : null;

    /// <summary>Answers a challenge; of many requests that are refused at once, one asks for all.</summary>
    /// <param name="target">The registry.</param>
    /// <param name="scope">What the request does.</param>
    /// <param name="challenge">What the registry wants.</param>
    /// <param name="refused">What it refused.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What to try; null where there is nothing else to try.</returns>
    public async Task<Grant?> AnswerAsync(
        RegistryTarget target, string scope, Challenge challenge, Grant? refused, CancellationToken cancellationToken)
    {
        var key = (target.Api, scope);
        var turn = _turns.GetOrAdd(key, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Find(target, scope) is { } current && current != refused)
            {
                return current;
            }

            var credential = options.Credentials is { } find
                ? await find(target.Location.Host, target.Location.Repository, cancellationToken).ConfigureAwait(false)
                : null;
            var grant = challenge.Bearer is { } bearer
                ? await AnswerBearerAsync(target, scope, bearer, credential, cancellationToken).ConfigureAwait(false)
                : challenge.Basic && credential is RegistryCredential.Basic basic
                    ? new Grant(new AuthenticationHeaderValue("Basic", basic.Parameter), GrantKind.Password, DateTimeOffset.MaxValue)
                    : null;
            if (grant is null || grant.Header.Equals(refused?.Header))
            {
                return null;
            }

            return _grants[key] = grant;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<Grant> AnswerBearerAsync(
        RegistryTarget target, string scope, BearerChallenge challenge, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        if (credential is RegistryCredential.RegistryToken own)
        {
            return new Grant(new AuthenticationHeaderValue("Bearer", own.Token), GrantKind.Token, DateTimeOffset.MaxValue);
        }

        var kind = credential switch
        {
            null => GrantKind.Anonymous,
            _ when !Realm.MayKnowCredentials(challenge.Realm, target) => GrantKind.Withheld,
            RegistryCredential.Basic => GrantKind.Password,
            _ => GrantKind.Token,
        };
        var told = kind == GrantKind.Withheld ? null : credential;
        var token = await _tokens.RequestAsync(target, challenge, scope, told, kind == GrantKind.Withheld, cancellationToken).ConfigureAwait(false);
        return new Grant(new AuthenticationHeaderValue("Bearer", token.Value), kind, token.Expires);
    }
}
