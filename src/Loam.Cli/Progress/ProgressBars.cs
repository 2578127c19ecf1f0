using System.Collections.Concurrent;
using Spectre.Console;

namespace Loam.Cli.Progress;

/// <summary>A bar for each layer, first its download and then its application, and one for the disk.</summary>
internal sealed class ProgressBars(IAnsiConsole console) : ProgressDisplay
{
    public override Task<T> RunAsync<T>(Func<IProgress<WorkProgress>?, Task<T>> work) =>
        console.Progress()
            .AutoClear(true)
            .HideCompleted(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new DownloadedColumn(),
                new TransferSpeedColumn(),
                new RemainingTimeColumn())
            .StartAsync(context => work(new Bars(description => context.AddTask(description), console.WriteLine)));

    /// <summary>Moves bars as work goes on. A layer has one bar, which shows its latest phase.</summary>
    /// <param name="add">Adds a bar.</param>
    /// <param name="tell">Writes a line above the bars.</param>
    internal sealed class Bars(Func<string, ProgressTask> add, Action<string> tell) : IProgress<WorkProgress>
    {
        private readonly ConcurrentDictionary<int, ProgressTask> _tasks = new();
        private readonly ConcurrentDictionary<int, WorkPhase> _phases = new();

        public void Report(WorkProgress value)
        {
            if (value.Wait is { } wait)
            {
                tell(WaitNotice.Text(wait));
            }

            if (value.Phase is WorkPhase.Plan or WorkPhase.Present or WorkPhase.Wait)
            {
                return;
            }

            var row = value.Layer ?? -1;
            var phase = _phases.GetOrAdd(row, value.Phase);

            // Applying begins while bytes still arrive; the bar shows the download until that is done.
            if (phase == WorkPhase.Download && value.Phase == WorkPhase.Apply
                && !(_tasks.TryGetValue(row, out var download) && download.IsFinished))
            {
                return;
            }

            if (value.Phase < phase)
            {
                return;
            }

            var description = value.Phase switch
            {
                WorkPhase.Download => $"{NameOf(value)} download",
                WorkPhase.Apply => $"{NameOf(value)} apply",
                WorkPhase.Read => "archive              read",
                WorkPhase.Save => "archive              write",
                WorkPhase.Finish => "disk                 write",
                WorkPhase.FetchDisk => "disk                 fetch",
                WorkPhase.SendDisk => "disk                 send",
                WorkPhase.Commit => "disk                 read",
                WorkPhase.Scan => $"{NameOf(value)} read",
                WorkPhase.Check => "store                hash",
                WorkPhase.Copy => "disk                 copy",
                WorkPhase.Upload => $"{NameOf(value)} upload",
                _ => "disk                 hash",
            };
            var task = _tasks.GetOrAdd(row, _ => add(description));
            _phases[row] = value.Phase;
            task.Description = description;
            task.MaxValue = Math.Max(1, value.Total);
            task.Value = value.Total == 0 ? 1 : value.Done;
        }
    }
}
