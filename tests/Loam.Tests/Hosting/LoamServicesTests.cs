using Loam.Machines;
using Loam.Telemetry;
using Loam.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Loam.Tests;

/// <summary>Loam among the services of a program.</summary>
public sealed class LoamServicesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_client_works_with_the_host_s_log()
    {
        using var folder = new TemporaryFolder();
        await using var registry = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().File("a", "1").End()).Push(registry, "app", "1");
        using var log = new ListLog();
        await using var services = new ServiceCollection()
            .AddSingleton<ILoggerFactory>(log)
            .AddLoamMachines(options => options.StateDir = folder["state"])
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        var loam = services.GetRequiredService<LoamClient>();
        Assert.Same(loam, services.GetRequiredService<LoamClient>());
        Assert.Same(loam.Store, services.GetRequiredService<ImageStore>());
        Assert.Same(loam.Registry, services.GetRequiredService<RegistryClient>());
        Assert.Equal(folder["state"], services.GetRequiredService<ImageStore>().Root);

        var pulled = await services.GetRequiredService<ImagePuller>().PullAsync($"{registry.Host}/app:1", cancellationToken: Stop);
        Assert.True(File.Exists(pulled.Image.OutputPath));
        Assert.Contains((EventNumbers.OperationEnded, LogLevel.Information), log.Events);
        Assert.Contains((EventNumbers.Request, LogLevel.Debug), log.Events);

        var created = await services.GetRequiredService<WorkspaceStore>().CreateAsync("w", pulled.Image, cancellationToken: Stop);
        Assert.Equal(WorkspaceState.Stopped, await services.GetRequiredService<WorkspaceRunner>().StateAsync(created.Workspace, Stop));
    }

    [Theory]
    [InlineData(typeof(ImagePusher))]
    [InlineData(typeof(DiskPusher))]
    [InlineData(typeof(Committer))]
    [InlineData(typeof(ArchiveLoader))]
    [InlineData(typeof(ArchiveSaver))]
    [InlineData(typeof(ImageInspector))]
    [InlineData(typeof(StoreCheck))]
    [InlineData(typeof(CredentialSources))]
    [InlineData(typeof(LoamConfiguration))]
    [InlineData(typeof(WorkspaceCommitter))]
    public async Task Every_part_is_a_service(Type part)
    {
        using var folder = new TemporaryFolder();
        await using var services = new ServiceCollection().AddLoamMachines(options => options.StateDir = folder.Path).BuildServiceProvider();
        Assert.Same(services.GetRequiredService(part), services.GetRequiredService(part));
    }

    [Fact]
    public async Task A_test_puts_its_own_in_the_place_of_any()
    {
        using var folder = new TemporaryFolder();
        var own = new Puller();
        await using var services = new ServiceCollection()
            .AddSingleton<ImagePuller>(own)
            .AddLoam(options => options.StateDir = folder.Path)
            .AddLoam()
            .BuildServiceProvider();
        Assert.Same(own, services.GetRequiredService<ImagePuller>());
        Assert.Single(services.GetServices<LoamClient>());
    }

    private sealed class Puller : ImagePuller;
}
