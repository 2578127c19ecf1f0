using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace Loam.Registry;

/// <summary>The connections to registries and to where they send us, kept apart by what TLS needs.</summary>
internal sealed class HttpConnections(RegistryOptions options, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<(X509Certificate2Collection? Authorities, X509Certificate2? Own), Lazy<HttpMessageInvoker>> _invokers = new();

    /// <summary>Sends a request to an address on behalf of a registry: its certificate authorities are trusted there too,
    /// but only its own origin sees our certificate.</summary>
    public async Task<HttpResponseMessage> SendAsync(RegistryTarget target, HttpRequestMessage message, CancellationToken cancellationToken)
    {
        var own = Origin.IsSame(message.RequestUri!, target.Api) ? target.ClientCertificate(options) : null;
        var key = (target.Location.CaCertificates, own);
        if (options.UserAgent is { } product)
        {
            message.Headers.UserAgent.Add(product);
        }

        message.Headers.UserAgent.Add(new ProductInfoHeaderValue("loam", LoamVersion.Text));
        var invoker = _invokers.GetOrAdd(key, tls => new Lazy<HttpMessageInvoker>(() => Create(tls.Authorities, tls.Own))).Value;
        var response = await invoker.SendAsync(message, cancellationToken).ConfigureAwait(false);

        // A handler of the caller's need not set it; and a server that has no clock is measured by ours.
        response.RequestMessage ??= message;
        response.Headers.Date ??= time.GetUtcNow();
        return response;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var invoker in _invokers.Values.Where(invoker => invoker.IsValueCreated))
        {
            invoker.Value.Dispose();
        }
    }

    private HttpMessageInvoker Create(X509Certificate2Collection? authorities, X509Certificate2? own)
    {
        var context = new RegistryHandlerContext(options, authorities, own);
        return new HttpMessageInvoker(options.CreateHandler?.Invoke(context) ?? context.Handler, disposeHandler: true);
    }
}
