using System.Net;

namespace Loam.Registry;

/// <summary>The proxy that <c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>ALL_PROXY</c> and <c>NO_PROXY</c> name; this host is
/// always connected to directly.</summary>
internal sealed class EnvironmentProxy : IWebProxy
{
    private readonly IWebProxy _inner = HttpClient.DefaultProxy;

    public ICredentials? Credentials
    {
        get => _inner.Credentials;
        set => _inner.Credentials = value;
    }

    public Uri? GetProxy(Uri destination) => _inner.GetProxy(destination);

    public bool IsBypassed(Uri host) => Origin.IsLoopback(host) || _inner.IsBypassed(host);
}
