using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Loam.Machines;

/// <summary>Adds Loam's workspaces and machines to the services of a program.</summary>
public static class LoamMachinesServices
{
    /// <summary>Adds a <see cref="WorkspaceStore"/>, a <see cref="WorkspaceRunner"/> and a <see cref="WorkspaceCommitter"/>, and
    /// what <see cref="LoamServices.AddLoam"/> adds. A service that was added before is kept.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="configure">Changes the options; null for what is configured in the state folder.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static IServiceCollection AddLoamMachines(this IServiceCollection services, Action<LoamOptions>? configure = null)
    {
        services.AddLoam(configure);
        services.TryAddSingleton(provider =>
            new WorkspaceStore(provider.GetRequiredService<ImageStore>(), provider.GetService<TimeProvider>()));
        services.TryAddSingleton(provider => new WorkspaceRunner(provider.GetRequiredService<WorkspaceStore>()));
        services.TryAddSingleton(provider => new WorkspaceCommitter(provider.GetRequiredService<ImageStore>()));
        return services;
    }
}
