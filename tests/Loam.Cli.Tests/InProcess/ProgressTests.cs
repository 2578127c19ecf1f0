using Loam.Cli.Progress;
using Spectre.Console;

namespace Loam.Cli.Tests.InProcess;

/// <summary>Lines and bars, on reports as the library makes them.</summary>
public sealed class ProgressTests
{
    private static readonly Digest Layer = Samples.DigestOf("layer");
    private static readonly string Name = $"layer 2 {Layer.Hex[..12]}";

    private static WorkProgress Step(WorkPhase phase, long done, long total, int layer = 1) =>
        new(phase, layer < 0 ? null : layer, layer < 0 ? null : Layer, done, total);

    private static bool HasBar(WorkPhase phase) => phase is not (WorkPhase.Plan or WorkPhase.Present or WorkPhase.Wait);

    public static TheoryData<WorkPhase, string> Lines => new()
    {
        { WorkPhase.Download, $"{Name}: downloaded 2 MB" },
        { WorkPhase.Apply, $"{Name}: applied" },
        { WorkPhase.Read, "archive: read 2 MB" },
        { WorkPhase.Save, "archive: written, 2 MB of blobs" },
        { WorkPhase.Finish, "disk: written" },
        { WorkPhase.FetchDisk, "disk: fetched" },
        { WorkPhase.SendDisk, "disk: sent" },
        { WorkPhase.Commit, "disk: read 2 MB" },
        { WorkPhase.Scan, $"{Name}: read" },
        { WorkPhase.Check, "store: hashed 2 MB" },
        { WorkPhase.Copy, "disk: copied 2 MB" },
        { WorkPhase.Upload, $"{Name}: sent 2 MB" },
        { WorkPhase.Hash, "disk: hashed 2 MB" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_line_says_once_that_a_step_is_done(WorkPhase phase, string line)
    {
        using var stderr = new StringWriter { NewLine = "\n" };
        var lines = new ProgressLines(stderr);
        lines.Report(Step(phase, 0, 2_000_000));
        lines.Report(Step(phase, 1_999_999, 2_000_000));
        Assert.Equal("", stderr.ToString());
        lines.Report(Step(phase, 2_000_000, 2_000_000));
        lines.Report(Step(phase, 2_000_000, 2_000_000));
        Assert.Equal($"{line}\n", stderr.ToString());
    }

    [Fact]
    public async Task Each_layer_and_each_phase_has_its_line()
    {
        using var stderr = new StringWriter { NewLine = "\n" };
        var result = await new ProgressLines(stderr).RunAsync(progress =>
        {
            progress!.Report(Step(WorkPhase.Download, 1, 1, layer: 0));
            progress.Report(Step(WorkPhase.Download, 1, 1));
            progress.Report(Step(WorkPhase.Apply, 0, 0));
            return Task.FromResult(7);
        });
        Assert.Equal(7, result);
        Assert.Equal($"layer 1 {Layer.Hex[..12]}: downloaded 1 B\n{Name}: downloaded 1 B\n{Name}: applied\n", stderr.ToString());
    }

    [Fact]
    public async Task Nothing_is_shown_to_those_who_want_nothing() => Assert.Null(await ProgressDisplay.None.RunAsync(Task.FromResult));

    [Fact]
    public void A_wait_names_the_lock()
    {
        var told = "";
        new WaitNotice(text => told = text).Report(new StoreWait("/s/images/store.lock"));
        Assert.Equal("loam: waiting for another command that holds /s/images/store.lock", told);
    }

    [Fact]
    public void Plans_and_what_is_there_already_are_not_shown_and_waits_are()
    {
        using var stderr = new StringWriter { NewLine = "\n" };
        var (tasks, told) = (new List<ProgressTask>(), new List<string>());
        foreach (var progress in (IProgress<WorkProgress>[])[new ProgressLines(stderr), Bars(tasks, told)])
        {
            progress.Report(Step(WorkPhase.Plan, 1, 1, layer: -1));
            progress.Report(Step(WorkPhase.Present, 1, 1));
            progress.Report(Step(WorkPhase.Wait, 0, 0, layer: -1) with { Wait = new StoreWait("/s/images/store.lock") });
        }

        Assert.Empty(tasks);
        Assert.Equal("loam: waiting for another command that holds /s/images/store.lock", Assert.Single(told));
        Assert.Equal(told[0] + "\n", stderr.ToString());
    }

    [Fact]
    public void A_bar_shows_the_download_until_it_is_done_and_then_the_application()
    {
        var tasks = new List<ProgressTask>();
        var bars = Bars(tasks);
        bars.Report(Step(WorkPhase.Download, 10, 100));
        var task = Assert.Single(tasks);
        Assert.Equal(($"{Name} download", 10, 100), (task.Description, task.Value, task.MaxValue));
        bars.Report(Step(WorkPhase.Apply, 5, 100));
        Assert.Equal(($"{Name} download", 10), (task.Description, task.Value));
        bars.Report(Step(WorkPhase.Download, 100, 100));
        Assert.True(task.IsFinished);
        bars.Report(Step(WorkPhase.Apply, 60, 100));
        Assert.Equal(($"{Name} apply", 60), (task.Description, task.Value));
        bars.Report(Step(WorkPhase.Download, 100, 100));
        Assert.Equal($"{Name} apply", task.Description);
        bars.Report(Step(WorkPhase.Apply, 100, 100));
        Assert.Equal(100, task.Value);
        Assert.Single(tasks);
    }

    [Fact]
    public void A_layer_that_was_not_downloaded_is_applied_at_once()
    {
        var tasks = new List<ProgressTask>();
        Bars(tasks).Report(Step(WorkPhase.Apply, 1, 4));
        Assert.Equal(($"{Name} apply", 1), (Assert.Single(tasks).Description, tasks[0].Value));
    }

    [Fact]
    public void Layers_and_the_disk_have_bars_of_their_own_and_an_empty_step_is_whole()
    {
        var tasks = new List<ProgressTask>();
        var bars = Bars(tasks);
        bars.Report(Step(WorkPhase.Download, 1, 2, layer: 0));
        bars.Report(Step(WorkPhase.Download, 1, 2));
        bars.Report(Step(WorkPhase.Finish, 1, 2, layer: -1));
        bars.Report(Step(WorkPhase.Hash, 0, 0, layer: -1));
        Assert.Equal([$"layer 1 {Layer.Hex[..12]} download", $"{Name} download", "disk                 hash"], tasks.Select(task => task.Description));
        Assert.Equal((1, 1), (tasks[2].Value, tasks[2].MaxValue));
    }

    [Fact]
    public void Every_phase_has_a_title_of_its_own_and_their_last_words_stand_below_each_other()
    {
        var titles = Enum.GetValues<WorkPhase>().Where(HasBar).Select(phase =>
        {
            var tasks = new List<ProgressTask>();
            Bars(tasks).Report(Step(phase, 0, 1));
            return tasks[0].Description;
        }).ToList();
        Assert.Equal(titles.Count, titles.Distinct(StringComparer.Ordinal).Count());
        Assert.All(titles, title => Assert.Equal(Name.Length, title.LastIndexOf(' ')));
    }

    private static ProgressBars.Bars Bars(List<ProgressTask> tasks, List<string>? told = null) => new(
        description =>
        {
            tasks.Add(new ProgressTask(tasks.Count, description, 100));
            return tasks[^1];
        },
        line => told?.Add(line));
}
