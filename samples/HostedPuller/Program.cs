using HostedPuller;
using Loam;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// A service that pulls the images of its configuration when it starts, so that their disks are at hand:
//
//     HostedPuller --Images:0=docker.io/library/alpine --Loam:StateDir=/var/lib/app/loam
//
// appsettings.json and environment variables (Images__0) say the same. Loam logs to the host's loggers; its categories begin with "Loam".
using var counters = new LoamCounters();
var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Services.AddLoam(options => options.StateDir = builder.Configuration["Loam:StateDir"]);
builder.Services.AddHostedService<PullService>();
await builder.Build().RunAsync();

Console.WriteLine($"{counters["loam.registry.received"]} bytes fetched, {counters["loam.disks.built"]} disks built");
