using Loam.Files;
using Loam.Filesystems;
using Loam.Layers;
using Loam.Streams;
using Loam.Telemetry;

namespace Loam.Disks;

/// <summary>
/// Builds a disk from an image's layers in one pass: each layer is inflated, hashed and applied while later ones still
/// arrive, and file contents go straight to their final blocks. The disk is worth nothing until
/// <see cref="BuildAsync"/> has returned.
/// </summary>
internal sealed class DiskBuilder(
    DiskKey key, DiskOptions options, string? stagePath, StableStorage storage, IProgress<WorkProgress>? progress)
{
    /// <summary>How many layers are inflated beyond the one being applied.</summary>
    private const int LayersAhead = 4;

    private readonly List<string> _warnings = [];
    private readonly List<long> _layerBytes = [];

    /// <summary>What was left out because no Linux disk can hold it.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>How many bytes each layer had uncompressed, lowest first.</summary>
    public IReadOnlyList<long> LayerBytes => _layerBytes;

    /// <summary>Writes the disk to a new file and to stable storage.</summary>
    /// <exception cref="LoamException">A layer is damaged or hostile, or the image does not fit.</exception>
    public async Task<DiskFacts> BuildAsync(string path, IReadOnlyList<Layer> layers, CancellationToken cancellationToken)
    {
        // For an external mke2fs, contents stand in a file of their own until they are staged.
        var contents = options.Mke2fs is null ? path : path + ".contents";
        try
        {
            using var disk = DiskFile.Create(contents);
            var uuid = key.DeriveUuid("filesystem");
            var writer = new Ext4Writer(disk, new Ext4Options
            {
                Uuid = uuid,
                HashSeed = key.DeriveUuid("directory hash"),
                SizeBytes = (long?)options.SizeMib << 20,
            });
            var tree = new FileTree();
            var overlay = new TreeOverlay(tree, file => writer.Heap.Release(file.Content));

            // Applying blocks on reads, so it gets a thread of its own.
            await Task.Factory.StartNew(
                () => ApplyAsync(layers, overlay, writer, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .Unwrap().ConfigureAwait(false);
            InstallGuestInit(overlay, writer.Content);
            await Task.WhenAll(layers.Select(layer => layer.Verified)).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (stagePath is not null)
            {
                Stage(disk, tree, stagePath, cancellationToken);
            }

            return options.Mke2fs is { } program
                ? await LayOutAsync(new Mke2fsProgram(program, key, storage), disk, writer, tree, path, cancellationToken).ConfigureAwait(false)
                : await FinishAsync(disk, writer, tree, path, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (options.Mke2fs is not null)
            {
                File.Delete(contents);
            }
        }
    }

    private async Task<DiskFacts> FinishAsync(DiskFile disk, Ext4Writer writer, FileTree tree, string path, CancellationToken cancellationToken)
    {
        var summary = Finish(writer, tree, cancellationToken);
        disk.Flush();
        var sync = Task.Run(() => storage.Sync(path), CancellationToken.None);
        string sha256;
        try
        {
            sha256 = await DiskHash.ComputeAsync(
                disk, summary.SizeBytes, done => progress?.Report(new WorkProgress(WorkPhase.Hash, null, null, done, summary.SizeBytes)), cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            await sync.ConfigureAwait(false);
        }

        return new DiskFacts(
            Path.GetFileName(path), "ext4", sha256, summary.SizeBytes, summary.FreeBytes, summary.Inodes, summary.FreeInodes, summary.Uuid);
    }

    private async Task<DiskFacts> LayOutAsync(
        Mke2fsProgram mke2fs, DiskFile disk, Ext4Writer writer, FileTree tree, string path, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            // mke2fs takes owners from the staged files, and only root can give files away.
            throw new LoamException(ErrorCodes.Mke2fsFailed, "without root, files staged for mke2fs would lose their owners")
            {
                Hint = "Run as root, or leave --mke2fs out: Loam's own writer keeps owners without root.",
            };
        }

        var own = stagePath is null ? path + ".stage" : null;
        try
        {
            if (own is not null)
            {
                Stage(disk, tree, own, cancellationToken);
            }

            var content = writer.Heap.Used * DiskFile.BlockSize;
            var size = (long?)options.SizeMib << 20 ?? ((content + content / 5 + (96L << 20)) >> 20 << 20);
            return await mke2fs.RunAsync(own ?? stagePath!, path, size, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (own is not null)
            {
                FolderWriter.Remove(own);
            }
        }
    }

    private void Stage(DiskFile disk, FileTree tree, string folder, CancellationToken cancellationToken)
    {
        if (Path.Exists(folder))
        {
            throw new LoamException(ErrorCodes.Io, $"stage folder {folder} already exists") { Hint = "Remove it, or name another folder." };
        }

        try
        {
            var written = FolderWriter.Write(tree, folder, disk.OpenContent, options: null, cancellationToken);
            if (written.LeftOut > 0)
            {
                _warnings.Add($"stage {folder}: {written.LeftOut} owners, devices or attributes that only root may set were left out");
            }
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            throw new LoamException(ErrorCodes.Io, $"stage {folder}: {e.Message}", e);
        }
    }

    private async Task ApplyAsync(
        IReadOnlyList<Layer> layers, TreeOverlay overlay, Ext4Writer writer, CancellationToken cancellationToken)
    {
        var applier = new LayerApplier(overlay, writer.Content, options.Limits, _warnings.Add);
        var ahead = new Queue<ReadAhead>();
        var opened = 0;
        try
        {
            foreach (var layer in layers)
            {
                for (; opened < layers.Count && ahead.Count <= LayersAhead; opened++)
                {
                    ahead.Enqueue(Inflate(layers[opened], opened, cancellationToken));
                }

                var inflated = ahead.Peek();
                try
                {
                    _layerBytes.Add(applier.Apply(inflated, layer.Blob.Digest, layer.DiffId, cancellationToken));
                    Instruments.Layers.Add(1);
                }
                catch (Exception e) when (e is LoamException or FileNotFoundException)
                {
                    // What came may make no sense because it is not what was asked for, and may be gone because it could not
                    // be kept; then that is the failure.
                    await layer.Verified.WaitAsync(cancellationToken).ConfigureAwait(false);
                    throw;
                }

                ahead.Dequeue();
                await inflated.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (var rest in ahead)
            {
                await rest.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private ReadAhead Inflate(Layer layer, int number, CancellationToken cancellationToken)
    {
        Action<long>? read = progress is null
            ? null
            : done => progress.Report(new WorkProgress(WorkPhase.Apply, number, layer.Blob.Digest, done, layer.Blob.Size));
        return new ReadAhead(stop => layer.OpenUncompressed(read, stop), cancellationToken);
    }

    private void InstallGuestInit(TreeOverlay overlay, ContentWriter content)
    {
        if (options.GuestInit is { } init)
        {
            overlay.BeginLayer();
            content.Write(init.Content.Span);
            var metadata = new Metadata(0b111_101_101, 0, 0, Timestamp.Epoch, XAttrs.None);
            overlay.Put(TreePath.Parse("sbin/init"), new RegularFileNode(metadata, content.Finish()));
        }
    }

    private Ext4Summary Finish(Ext4Writer writer, FileTree tree, CancellationToken cancellationToken)
    {
        progress?.Report(new WorkProgress(WorkPhase.Finish, null, null, 0, 1));
        try
        {
            return new FailureGuard(host: null, Unwritable).Run(() => writer.Finish(tree, cancellationToken));
        }
        finally
        {
            progress?.Report(new WorkProgress(WorkPhase.Finish, null, null, 1, 1));
        }
    }

    private LoamException Unwritable(FilesystemException failure)
    {
        if (failure.Error != FilesystemError.DiskTooSmall)
        {
            return new LoamException(ErrorCodes.DiskUnwritable, failure.Message, failure);
        }

        var needed = ((failure.NeededBytes ?? 0) + (1 << 20) - 1) >> 20;
        return new LoamException(ErrorCodes.DiskTooSmall, $"the image does not fit {options.SizeMib} MiB; it needs {needed} MiB", failure)
        {
            Hint = $"Give --size-mib {needed} or more, or leave it out.",
            Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["needed_mib"] = $"{needed}" },
        };
    }
}
