using System.Diagnostics;
using Loam.Progress;
using Loam.TestKit;

namespace Loam.Tests.Progress;

/// <summary>What a listener is told: by operation, in order, and not too often.</summary>
public sealed class OperationProgressTests
{
    private static readonly Digest Layer = Digest.Sha256("layer"u8);

    [Fact]
    public void A_step_is_told_of_at_its_beginning_at_its_end_and_now_and_then()
    {
        var told = new Told();
        var time = new SteppedTime();
        var progress = OperationProgress.Start(told, "pull", "x", time)!;
        for (var done = 0; done <= 990; done++)
        {
            progress.Report(new WorkProgress(WorkPhase.Download, 0, Layer, done, 990));
            time.Now += TimeSpan.FromMilliseconds(1);
        }

        Assert.Equal([0, 125, 250, 375, 500, 625, 750, 875, 990], told.All.Select(step => step.Done));
        Assert.All(told.All, step => Assert.Equal(("pull", "x"), (step.Operation!.Name, step.Operation.Subject)));

        // The same once more is no news.
        progress.Report(new WorkProgress(WorkPhase.Download, 0, Layer, 990, 990));
        Assert.Equal(9, told.All.Count);
    }

    [Fact]
    public async Task No_layer_is_told_of_more_than_twenty_times_a_second()
    {
        var told = new Told();
        var progress = OperationProgress.Start(told, "pull", "x")!;
        var running = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (var done = 0L; running.Elapsed < TimeSpan.FromSeconds(2.2); done++)
            {
                progress.Report(new WorkProgress(worker % 2 == 0 ? WorkPhase.Download : WorkPhase.Apply, worker / 4, Layer, done, long.MaxValue));
                progress.Report(new WorkProgress(WorkPhase.Check, null, null, done, long.MaxValue));
            }
        })));
        foreach (var layer in told.All.GroupBy(step => step.Layer))
        {
            var times = layer.Select(step => told.TimeOf(step)).ToList();
            Assert.InRange(times.Max(start => times.Count(time => time >= start && time < start + TimeSpan.FromSeconds(1))), 5, 20);
        }
    }

    [Fact]
    public void Steps_of_other_layers_and_phases_have_their_own_pace()
    {
        var told = new Told();
        var progress = OperationProgress.Start(told, "pull", "x", new SteppedTime())!;
        foreach (var (phase, layer, digest) in ((WorkPhase, int?, Digest?)[])
            [
                (WorkPhase.Download, 0, Layer),
                (WorkPhase.Download, 1, Layer),
                (WorkPhase.Apply, 0, Layer),
                (WorkPhase.Upload, null, Layer),
                (WorkPhase.Upload, null, null),
            ])
        {
            progress.Report(new WorkProgress(phase, layer, digest, 1, 9));
            progress.Report(new WorkProgress(phase, layer, digest, 2, 9));
        }

        Assert.Equal(5, told.All.Count);
        Assert.All(told.All, step => Assert.Equal(1, step.Done));
    }

    [Fact]
    public void The_number_of_layers_goes_with_all_that_follows_the_plan()
    {
        var told = new Told();
        var progress = OperationProgress.Start(told, "pull", "x")!;
        progress.Report(new WorkProgress(WorkPhase.Read, null, null, 1, 2));
        progress.Report(new WorkProgress(WorkPhase.Plan, null, Layer, 10, 30) { Layers = 3 });
        progress.Report(new WorkProgress(WorkPhase.Download, 2, Layer, 1, 20));
        Assert.Equal([null, 3, 3], told.All.Select(step => step.Layers));
    }

    [Fact]
    public void Each_wait_is_told_of_and_says_what_for()
    {
        var told = new Told();
        var progress = OperationProgress.Start(told, "pull", "x")!;
        progress.Report(new StoreWait("/s/images/store.lock"));
        progress.Report(new StoreWait("/s/images/store.gate"));
        Assert.Equal([WorkPhase.Wait, WorkPhase.Wait], told.All.Select(step => step.Phase));
        Assert.Equal(["/s/images/store.lock", "/s/images/store.gate"], told.All.Select(step => step.Wait!.LockPath));
    }

    [Fact]
    public void A_part_of_an_operation_tells_as_that_and_two_calls_are_two_operations()
    {
        var told = new Told();
        var whole = OperationProgress.Start(told, "commit", "x");
        Assert.Same(whole, OperationProgress.Start(whole, "export", "y"));
        Assert.Null(OperationProgress.Start(null, "pull", "x"));
        var other = OperationProgress.Start(told, "commit", "x")!;
        whole!.Report(new WorkProgress(WorkPhase.Commit, null, null, 1, 2));
        other.Report(new WorkProgress(WorkPhase.Commit, null, null, 1, 2));
        Assert.NotEqual(told.All[0].Operation, told.All[1].Operation);
        Assert.Equal(told.All[0].Operation, told.All[0].Operation);
    }

    [Theory]
    [InlineData("store.lock", WaitKind.Store, null, "another process that works on the whole store")]
    [InlineData("store.gate", WaitKind.Store, null, "another process that works on the whole store")]
    [InlineData("ingest/index.lock", WaitKind.Names, null, "another process that changes the names of images")]
    [InlineData("ingest/disk-0123.lock", WaitKind.Disk, "0123", "another process that works on disk 0123")]
    [InlineData("ingest/workspace-w.1.lock", WaitKind.Workspace, "w.1", "another process that works on workspace w.1")]
    [InlineData("ingest/load-0.lock", WaitKind.Other, "load-0", "another process that works on load-0")]
    public void A_wait_is_put_into_words(string path, WaitKind kind, string? name, string words)
    {
        var wait = new StoreWait("/s/images/" + path);
        Assert.Equal((kind, name, words), (wait.Kind, wait.Name, wait.ToString()));
    }

    [Fact]
    public void A_blob_that_is_waited_for_is_named_by_its_digest()
    {
        var wait = new StoreWait($"/s/images/ingest/sha256-{Layer.Hex}.lock");
        Assert.Equal((WaitKind.Blob, Layer.ToString()), (wait.Kind, wait.Name));
    }

    [Fact]
    public async Task A_pull_tells_its_plan_what_is_present_and_every_layer()
    {
        using var folder = new TemporaryFolder();
        await using var registry = InProcessRegistry.Start();
        byte[] low = new TarAuthor().File("low", TestImage.Noise(3000, 1)).End(), high = new TarAuthor().File("high", TestImage.Noise(3000, 2)).End();
        new TestImage().Add(low).Push(registry, "app", "1");
        new TestImage().Add(low).Add(high).Push(registry, "app", "2");
        using var client = new RegistryClient(new RegistryOptions());
        var puller = new ImagePuller(ImageStore.Open(folder["state"]), client);
        var first = new Told();
        await puller.PullAsync($"{registry.Host}/app:1", progress: first, cancellationToken: TestContext.Current.CancellationToken);
        var plan = Assert.Single(first.All, step => step.Phase == WorkPhase.Plan);
        Assert.Equal((1, 0L), (plan.Layers, plan.Done));
        Assert.Contains(first.All, step => step.Phase == WorkPhase.Download && step.Layer == 0 && step.Done == step.Total && step.Total == plan.Total);
        Assert.Single(first.All.Select(step => step.Operation).Distinct());
        Assert.Equal($"{registry.Host}/app:1", first.All[0].Operation!.Subject);

        var second = new Told();
        await puller.PullAsync($"{registry.Host}/app:2", progress: second, cancellationToken: TestContext.Current.CancellationToken);
        plan = Assert.Single(second.All, step => step.Phase == WorkPhase.Plan);
        var present = Assert.Single(second.All, step => step.Phase == WorkPhase.Present);
        Assert.Equal((0, 2, present.Total), (present.Layer, plan.Layers, plan.Done));
        Assert.Equal([1], second.All.Where(step => step.Phase == WorkPhase.Download).Select(step => step.Layer).Distinct());
        Assert.Equal(plan.Total - plan.Done, second.All.Last(step => step.Phase == WorkPhase.Download).Total);
        Assert.All(second.All.SkipWhile(step => step.Phase != WorkPhase.Plan), step => Assert.Equal(2, step.Layers));
        Assert.DoesNotContain(second.All, step => step.Operation == first.All[0].Operation);
    }

    [Fact]
    public async Task Who_waits_hears_of_it_by_the_call_that_waits()
    {
        using var folder = new TemporaryFolder();
        var stop = TestContext.Current.CancellationToken;
        var store = ImageStore.Open(folder["state"]);
        var told = new Told();
        Task<StoreCheckReport> checking;
        using (await ImageStore.Open(folder["state"]).ExcludeAsync(stop))
        {
            checking = new StoreCheck(store).CheckAsync(told, stop);
            await told.WaitAsync(step => step.Wait is not null);
        }

        await checking;
        var wait = Assert.Single(told.All, step => step.Wait is not null);
        Assert.Equal(("check", WaitKind.Store), (wait.Operation!.Name, wait.Wait!.Kind));
    }

    private sealed class SteppedTime : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromDays(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    private sealed class Told : IProgress<WorkProgress>
    {
        private readonly List<(WorkProgress Step, TimeSpan At)> _all = [];
        private readonly Stopwatch _time = Stopwatch.StartNew();

        public IReadOnlyList<WorkProgress> All
        {
            get
            {
                lock (_all)
                {
                    return [.. _all.Select(item => item.Step)];
                }
            }
        }

        public TimeSpan TimeOf(WorkProgress step) => _all.First(item => item.Step == step).At;

        public void Report(WorkProgress value)
        {
            lock (_all)
            {
                _all.Add((value, _time.Elapsed));
            }
        }

        public async Task WaitAsync(Func<WorkProgress, bool> wanted)
        {
            while (!All.Any(wanted))
            {
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
        }
    }
}
