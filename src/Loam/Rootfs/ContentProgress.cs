using Loam.Filesystems;

namespace Loam.Rootfs;

/// <summary>Opens the contents of a disk's files, and tells by those that were opened how far the work has come.</summary>
/// <param name="tree">All files.</param>
/// <param name="open">Opens a content.</param>
/// <param name="costOf">Bytes that reading a content takes.</param>
/// <param name="progress">Receives the reports.</param>
internal sealed class ContentProgress(
    FileTree tree, Func<RegularFileNode, Stream> open, Func<RegularFileNode, long> costOf, IProgress<WorkProgress>? progress)
{
    private const long ReportEvery = 4 << 20;

    private readonly long _total = progress is null
        ? 0
        : tree.Walk().Select(entry => entry.Node).OfType<RegularFileNode>().Sum(file => costOf(file) / Math.Max(1, file.LinkCount));

    private long _done;
    private long _told;

    public Stream Open(RegularFileNode file)
    {
        if (progress is not null)
        {
            _done = Math.Min(_total, _done + costOf(file));
            if (_done - _told >= ReportEvery || _done == _total)
            {
                _told = _done;
                progress.Report(new WorkProgress(WorkPhase.Commit, null, null, _done, _total));
            }
        }

        return open(file);
    }
}
