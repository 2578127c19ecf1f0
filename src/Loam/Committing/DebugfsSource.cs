using System.Diagnostics;
using Loam.Files;
using Loam.Filesystems;

namespace Loam.Committing;

/// <summary>A tree that an external debugfs extracted into a folder (debugfs(8), <c>rdump</c>). It knows regular files,
/// folders and symbolic links; names must be UTF-8.</summary>
internal sealed class DebugfsSource : CommitSource
{
    private const int MostLines = 3;
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly List<string> _warnings = [];

    // Not in the store: what cannot be removed without a look at its modes must not stand in the way of others.
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("loam-debugfs-");

    private DebugfsSource()
    {
    }

    public override FileTree Tree { get; } = new();

    public override IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Extracts a disk.</summary>
    /// <param name="program">The debugfs to run.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DebugfsFailed"/>; the disk cannot be read.</exception>
    public static DebugfsSource Extract(string program, string disk, CancellationToken cancellationToken)
    {
        Check(disk, cancellationToken);
        var source = new DebugfsSource();
        try
        {
            source._warnings.Add("extracted with debugfs: hard links, devices, extended attributes and fractions of seconds are lost, holes are filled, and without root files belong to the current user");
            var complaints = Run(program, disk, source._folder.FullName, cancellationToken);
            if (complaints.Count > 0)
            {
                source._warnings.Add($"debugfs complained {complaints.Count} times: {string.Join("; ", complaints.Take(MostLines))}");
            }

            source.ReadFolder(cancellationToken);
            return source.Tree.Root.Count > 0
                ? source
                : throw new LoamException(ErrorCodes.DebugfsFailed, $"{program} extracted nothing from {disk}");
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public override Stream Open(RegularFileNode file) =>
        new FileStream(((ExtractedContent)file.Content).Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);

    public override long CostOf(RegularFileNode file) => file.Content.Size;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _folder.Delete(recursive: true);
        }

        base.Dispose(disposing);
    }

    /// <summary>debugfs ends well whatever a disk holds, does not replay journals, and writes names as they stand.</summary>
    private static void Check(string disk, CancellationToken cancellationToken)
    {
        using var root = RootDisk.Open(disk, cancellationToken);
        if (root.Reader.JournalReplayed)
        {
            throw new LoamException(ErrorCodes.DebugfsFailed, $"disk {disk} was not cleanly unmounted, and debugfs would not see its latest changes");
        }

        foreach (var (path, _) in root.Tree.Walk())
        {
            if (!System.Text.Unicode.Utf8.IsValid(path.Name))
            {
                throw new LoamException(ErrorCodes.DebugfsFailed, $"disk {disk}: the name {path} is not UTF-8");
            }
        }
    }

    private static List<string> Run(string program, string disk, string folder, CancellationToken cancellationToken)
    {
        if (folder.AsSpan().ContainsAny('"', '\n', '\\'))
        {
            throw new LoamException(ErrorCodes.DebugfsFailed, $"debugfs cannot be told of the folder {folder}") { Hint = "Use a state folder without quotes, or leave --debugfs out." };
        }

        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            ArgumentList = { "-R", $"rdump / \"{folder}\"", disk },
        };
        try
        {
            using var process = Process.Start(start)!;
            using var stop = cancellationToken.Register(() => process.Kill());
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            var complaints = new List<string>();
            while (process.StandardError.ReadLine() is { } line)
            {
                if (!line.StartsWith("debugfs ", StringComparison.Ordinal) && line.Length > 0)
                {
                    complaints.Add(line);
                }
            }

            process.WaitForExit();
            cancellationToken.ThrowIfCancellationRequested();
            return process.ExitCode == 0
                ? complaints
                : throw new LoamException(ErrorCodes.DebugfsFailed, $"{program} ended with {process.ExitCode}: {complaints.FirstOrDefault()}");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new LoamException(ErrorCodes.DebugfsFailed, $"{program} cannot be run: {e.Message}", e);
        }
    }

    private void ReadFolder(CancellationToken cancellationToken)
    {
        Tree.Root.Metadata = MetadataOf(_folder) with { Permissions = Metadata.ImpliedDirectory.Permissions, Modified = Timestamp.Epoch };
        var pending = new Stack<(DirectoryInfo Folder, DirectoryNode Node)>();
        pending.Push((_folder, Tree.Root));
        while (pending.TryPop(out var next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var item in next.Folder.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = FileAttributes.None, MatchType = MatchType.Simple }))
            {
                var node = NodeOf(item);
                if (item.Name == "lost+found" && item is DirectoryInfo lost && next.Node == Tree.Root && !lost.EnumerateFileSystemInfos().Any())
                {
                    continue;
                }

                next.Node.Set(System.Text.Encoding.UTF8.GetBytes(item.Name), node);
                if (node is DirectoryNode directory)
                {
                    pending.Push(((DirectoryInfo)item, directory));
                }
            }
        }
    }

    private static FileNode NodeOf(FileSystemInfo item)
    {
        var metadata = MetadataOf(item);
        if (item.LinkTarget is { } target)
        {
            return new SymlinkNode(metadata, System.Text.Encoding.UTF8.GetBytes(target));
        }

        // Whoever is not root may be shut out of what belongs to it.
        if (!OperatingSystem.IsWindows())
        {
            item.UnixFileMode |= item is DirectoryInfo ? Owner : UnixFileMode.UserRead;
        }

        if (item is DirectoryInfo)
        {
            return new DirectoryNode(metadata);
        }

        return new RegularFileNode(metadata, new ExtractedContent(((FileInfo)item).Length, item.FullName));
    }

    private static Metadata MetadataOf(FileSystemInfo item)
    {
        var (user, group, modified) = Libc.OwnersOf(item.FullName);
        return new Metadata((ushort)((int)item.UnixFileMode & 0xFFF), user, group, modified, XAttrs.None);
    }

    /// <summary>A content by the file that it was extracted to.</summary>
    private sealed class ExtractedContent(long size, string path) : FileContent(size)
    {
        public string Path => path;
    }
}
