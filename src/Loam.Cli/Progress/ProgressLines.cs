using Loam.Cli.Output;

namespace Loam.Cli.Progress;

/// <summary>One plain line when a step is done; a layer downloads before it is applied.</summary>
internal sealed class ProgressLines(TextWriter stderr) : ProgressDisplay, IProgress<WorkProgress>
{
    private readonly HashSet<(WorkPhase Phase, int? Layer, Digest? Digest)> _told = [];

    public override Task<T> RunAsync<T>(Func<IProgress<WorkProgress>?, Task<T>> work) => work(this);

    public void Report(WorkProgress value)
    {
        if (value.Wait is { } wait)
        {
            stderr.WriteLine(WaitNotice.Text(wait));
        }

        if (value.Done < value.Total || value.Phase is WorkPhase.Plan or WorkPhase.Present or WorkPhase.Wait)
        {
            return;
        }

        lock (_told)
        {
            if (_told.Add((value.Phase, value.Layer, value.Digest)))
            {
                stderr.WriteLine(value.Phase switch
                {
                    WorkPhase.Download => $"{NameOf(value)}: downloaded {Sizes.Format(value.Total)}",
                    WorkPhase.Apply => $"{NameOf(value)}: applied",
                    WorkPhase.Read => $"archive: read {Sizes.Format(value.Total)}",
                    WorkPhase.Save => $"archive: written, {Sizes.Format(value.Total)} of blobs",
                    WorkPhase.Finish => "disk: written",
                    WorkPhase.FetchDisk => "disk: fetched",
                    WorkPhase.SendDisk => "disk: sent",
                    WorkPhase.Commit => $"disk: read {Sizes.Format(value.Total)}",
                    WorkPhase.Scan => $"{NameOf(value)}: read",
                    WorkPhase.Check => $"store: hashed {Sizes.Format(value.Total)}",
                    WorkPhase.Copy => $"disk: copied {Sizes.Format(value.Total)}",
                    WorkPhase.Upload => $"{NameOf(value)}: sent {Sizes.Format(value.Total)}",
                    _ => $"disk: hashed {Sizes.Format(value.Total)}",
                });
            }
        }
    }
}
