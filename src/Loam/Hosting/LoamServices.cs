using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Loam;

/// <summary>Adds Loam to the services of a program.</summary>
public static class LoamServices
{
    /// <summary>Adds a <see cref="LoamClient"/> and its parts, one of each for the whole program: the store, the registry client,
    /// and whatever works with both. Logs go to the program's <see cref="ILoggerFactory"/>, times come from its
    /// <see cref="TimeProvider"/>. A service that was added before is kept, so a test can put its own in the place of any.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="configure">Changes the options; null for what is configured in the state folder.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    /// <example>
    /// <code>
    /// using Microsoft.Extensions.DependencyInjection;
    ///
    /// var services = new ServiceCollection();
    /// services.AddLoam(options =&gt; options.StateDir = "/var/lib/app/loam");
    /// </code>
    /// </example>
    public static IServiceCollection AddLoam(this IServiceCollection services, Action<LoamOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<LoamOptions>();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddSingleton(Open);
        services.TryAddSingleton(provider => Client(provider).Store);
        services.TryAddSingleton(provider => Client(provider).Configuration);
        services.TryAddSingleton(provider => Client(provider).Credentials);
        services.TryAddSingleton(provider => Client(provider).Registry);
        services.TryAddSingleton(provider => Client(provider).Puller);
        services.TryAddSingleton(provider => Client(provider).Pusher);
        services.TryAddSingleton(provider => Client(provider).DiskPusher);
        services.TryAddSingleton(provider => Client(provider).Committer);
        services.TryAddSingleton(provider => Client(provider).Loader);
        services.TryAddSingleton(provider => Client(provider).Saver);
        services.TryAddSingleton(provider => Client(provider).Inspector);
        services.TryAddSingleton(provider => Client(provider).Check);
        return services;
    }

    private static LoamClient Open(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<LoamOptions>>().Value;
        options.Loggers ??= provider.GetService<ILoggerFactory>();
        options.Time ??= provider.GetService<TimeProvider>();
        return LoamClient.Open(options);
    }

    private static LoamClient Client(IServiceProvider provider) => provider.GetRequiredService<LoamClient>();
}
