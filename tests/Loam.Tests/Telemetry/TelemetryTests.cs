using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Loam.Files;
using Loam.Telemetry;
using Loam.TestKit;
using Microsoft.Extensions.Logging;

namespace Loam.Tests;

/// <summary>Spans, instruments and the log, as a program that listens gets them.</summary>
public sealed partial class TelemetryTests
{
    private static readonly RegistryOptions Quick = new() { RetryDelay = TimeSpan.FromMilliseconds(1) };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string Page => File.ReadAllText(Path.Combine(Repository.Root, "docs", "telemetry.md"));

    [Fact]
    public async Task A_pull_and_a_push_are_measured_traced_and_logged()
    {
        using var folder = new TemporaryFolder();
        await using var registry = InProcessRegistry.Start();
        using var measured = new Measurements();
        using var log = new ListLog();
        new TestImage().Add(new TarAuthor().File("a", "1").End()).Add(new TarAuthor().File("b", "2").End()).Push(registry, "app", "1");
        var store = ImageStore.Open(folder["state"], loggers: log);
        using var client = new RegistryClient(Quick, log);
        var busy = 1;
        registry.Script = call => call.IsBlob && Interlocked.Decrement(ref busy) >= 0 ? new Misbehaviour.Answer(503) : null;

        var pulled = await new ImagePuller(store, client).PullAsync($"{registry.Host}/app:1", cancellationToken: Stop);

        var manifest = ImageManifest.Parse((await new ImageInspector(store).ReadManifestAsync($"{registry.Host}/app:1", cancellationToken: Stop)).Span);
        var layers = manifest.Layers.Sum(layer => layer.Size);
        Assert.Equal(layers + manifest.Config.Size, measured.Sum("loam.registry.received", "server.address", registry.Host));
        var requests = measured.Of("loam.registry.request.duration", "server.address", registry.Host).ToList();
        Assert.Contains(requests, request => request.Tags["http.request.method"] is "GET" && request.Tags["http.response.status_code"] is 503);
        Assert.Contains(requests, request => request.Tags["http.response.status_code"] is 200);
        Assert.InRange(measured.Sum("loam.registry.retries"), 1, double.MaxValue);
        Assert.InRange(measured.Sum("loam.layers.applied"), 2, double.MaxValue);
        Assert.InRange(measured.Sum("loam.cache.misses", "loam.cache", "layer"), 2, double.MaxValue);
        Assert.InRange(measured.Sum("loam.cache.misses", "loam.cache", "disk"), 1, double.MaxValue);
        Assert.InRange(measured.Sum("loam.disks.built"), 1, double.MaxValue);
        Assert.NotEmpty(measured.Of("loam.disk.build.duration"));
        Assert.NotEmpty(measured.Of("loam.operation.duration", "loam.operation", "pull"));
        var span = Assert.Single(measured.Spans($"{registry.Host}/app:1"), span => span.OperationName == "loam pull");
        Assert.Equal(("pull", ActivityStatusCode.Unset), (span.GetTagItem("loam.operation"), span.Status));
        Assert.Contains((EventNumbers.OperationStarted, LogLevel.Debug), log.Events);
        Assert.Contains((EventNumbers.OperationEnded, LogLevel.Information), log.Events);
        Assert.Contains((EventNumbers.BlobStored, LogLevel.Debug), log.Events);
        Assert.Contains(
            log.Lines,
            line => line.StartsWith($"Loam.Store {EventNumbers.DiskBuilt} ", StringComparison.Ordinal)
                && line.Contains(" was made: ", StringComparison.Ordinal));

        // What is in the store is a hit, and another registry gets what the first sent.
        await using var other = InProcessRegistry.Start();
        File.Delete(pulled.Image.OutputPath);
        await new ImagePuller(store, client).PullAsync($"{registry.Host}/app:1", cancellationToken: Stop);
        Assert.InRange(measured.Sum("loam.cache.hits", "loam.cache", "layer"), 2, double.MaxValue);
        await new ImagePusher(store, client).PushAsync($"{registry.Host}/app:1", $"{other.Host}/copy:1", cancellationToken: Stop);
        Assert.Equal(layers + manifest.Config.Size, measured.Sum("loam.registry.sent", "server.address", other.Host));
    }

    [Fact]
    public async Task A_failure_is_traced_with_its_code_and_a_cancelled_call_as_such()
    {
        using var folder = new TemporaryFolder();
        await using var registry = InProcessRegistry.Start();
        using var measured = new Measurements();
        using var log = new ListLog();
        var store = ImageStore.Open(folder["state"], loggers: log);
        using var client = new RegistryClient(Quick, log);
        var (missing, puller) = ($"{registry.Host}/missing:1", new ImagePuller(store, client));
        await Assert.ThrowsAsync<LoamException>(() => puller.PullAsync(missing, cancellationToken: Stop));
        var span = Assert.Single(measured.Spans(missing));
        Assert.Equal((ActivityStatusCode.Error, "manifest_unknown"), (span.Status, span.GetTagItem("error.type")));
        Assert.NotEmpty(measured.Of("loam.operation.duration", "error.type", "manifest_unknown"));
        Assert.Contains((EventNumbers.OperationFailed, LogLevel.Warning), log.Events);

        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => puller.PullAsync(missing, cancellationToken: cancelled.Token));
        Assert.Contains((EventNumbers.OperationCancelled, LogLevel.Information), log.Events);
    }

    [Fact]
    public async Task A_wait_for_another_process_is_measured_by_what_was_waited_for()
    {
        using var folder = new TemporaryFolder();
        using var measured = new Measurements();
        var held = FileLock.TryAcquire(folder["workspace-x.lock"], LockKind.Exclusive)!;
        var waiting = FileLock.AcquireAsync(folder["workspace-x.lock"], LockKind.Exclusive, Stop);
        held.Dispose();
        (await waiting).Dispose();
        Assert.NotEmpty(measured.Of("loam.store.wait.duration", "loam.wait", "workspace"));
    }

    [Fact]
    public void The_page_lists_every_instrument_with_its_unit()
    {
        using var measured = new Measurements();
        _ = Instruments.Disks.Enabled;
        var listed = InstrumentRow().Matches(Page).Select(row => (row.Groups["name"].Value, row.Groups["unit"].Value));
        Assert.Equal(measured.Instruments.Order(), listed.Order());
    }

    [Fact]
    public void The_page_lists_every_event()
    {
        var numbers = typeof(EventNumbers).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (int)field.GetRawConstantValue()!);
        var listed = EventRow().Matches(Page).Select(row => int.Parse(row.Groups["number"].Value, CultureInfo.InvariantCulture));
        Assert.Equal(numbers.Order(), listed.Order());
    }

    [GeneratedRegex(@"^\| `(?<name>loam\.[a-z.]+)` \| `(?<unit>[^`]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex InstrumentRow();

    [GeneratedRegex(@"^\| (?<number>\d+) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex EventRow();
}
