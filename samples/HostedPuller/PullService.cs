using Loam;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HostedPuller;

/// <summary>Pulls the images that the configuration lists under <c>Images</c>, one after the other.</summary>
internal sealed class PullService(LoamClient loam, IConfiguration configuration, IHostApplicationLifetime lifetime, ILogger<PullService> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var image in configuration.GetSection("Images").GetChildren().Select(entry => entry.Value).OfType<string>())
        {
            try
            {
                var pulled = await loam.PullAsync(image, cancellationToken: stoppingToken);
                logger.LogInformation("{Image} has its disk at {Disk}", image, pulled.Image.OutputPath);
            }
            catch (LoamException e)
            {
                // The others are pulled all the same.
                logger.LogError("{Image}: {Code}: {Message}. {Hint}", image, e.Code, e.Message, e.Hint);
                Environment.ExitCode = 1;
            }
        }

        // A service with more to do would go on here.
        lifetime.StopApplication();
    }
}
