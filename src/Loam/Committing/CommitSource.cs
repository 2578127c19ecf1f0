using Loam.Filesystems;

namespace Loam.Committing;

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

        public override long CostOf(RegularFileNode file) => disk.CostOf(file);

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
