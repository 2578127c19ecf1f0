using Loam.Filesystems;

namespace Loam;

/// <summary>A tree that is committed, and its files' contents.</summary>
internal abstract class CommitSource : IDisposable
{
    public abstract FileTree Tree { get; }

    public abstract IReadOnlyList<string> Warnings { get; }

    public abstract Stream Open(RegularFileNode file);

    /// <summary>Bytes of contents that a file takes.</summary>
    public abstract long CostOf(RegularFileNode file);

    public static CommitSource OpenDisk(string path, CancellationToken cancellationToken) => new DiskSourceTree(RootDisk.Open(path, cancellationToken));

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    private sealed class DiskSourceTree(RootDisk disk) : CommitSource
    {
        public override FileTree Tree => disk.Tree;

        public override IReadOnlyList<string> Warnings => disk.Reader.Warnings;

        public override Stream Open(RegularFileNode file) => disk.OpenContent(file);

        public override long CostOf(RegularFileNode file) => file.Content.Blocks * disk.Reader.BlockSize;

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                disk.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}

/// <summary>Tells how far a commit has come, by the contents that were opened.</summary>
internal sealed class CommitProgress(CommitSource source, IProgress<WorkProgress>? progress)
{
    private const long ReportEvery = 4 << 20;

    private readonly long _total = progress is null
        ? 0
        : source.Tree.Walk().Select(entry => entry.Node).OfType<RegularFileNode>().Sum(file => source.CostOf(file) / Math.Max(1, file.LinkCount));

    private long _done;
    private long _told;

    public Stream Open(RegularFileNode file)
    {
        if (progress is not null)
        {
            _done = Math.Min(_total, _done + source.CostOf(file));
            if (_done - _told >= ReportEvery || _done == _total)
            {
                _told = _done;
                progress.Report(new WorkProgress(WorkPhase.Commit, -1, default, _done, _total));
            }
        }

        return source.Open(file);
    }
}
