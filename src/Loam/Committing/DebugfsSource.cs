using System.Diagnostics;
using Loam.Filesystems;

namespace Loam.Committing;

/// <summary>A tree that an external debugfs extracted into a folder (debugfs(8), <c>rdump</c>). It knows regular files,
/// folders and symbolic links.</summary>
internal sealed class DebugfsSource : CommitSource
{
    private const int MostLines = 3;

    private readonly List<string> _warnings = [];

    // Not in the store: what cannot be removed without a look at its modes must not stand in the way of others.
    private readonly string _folder = Directory.CreateTempSubdirectory("loam-debugfs-").FullName;
    private readonly FolderReader _reader;
    private FileTree _tree = new();

    // Whoever is not root may be shut out of what belongs to it; attributes are this machine's own.
    private DebugfsSource() => _reader = FolderReader.Open(_folder, new FolderReadOptions { MakeReadable = true, KeepXAttrs = false });

    public override FileTree Tree => _tree;

    public override IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Extracts a disk.</summary>
    /// <param name="program">The debugfs to run.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="cancellationToken">Cancels the call and ends the program.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.DebugfsFailed"/>; the disk cannot be read.</exception>
    public static DebugfsSource Extract(string program, string disk, CancellationToken cancellationToken)
    {
        Check(disk, cancellationToken);
        var source = new DebugfsSource();
        try
        {
            source._warnings.Add(
                "extracted with debugfs: hard links, devices, extended attributes and fractions of seconds are lost, "
                + "holes are filled, and without root files belong to the current user");
            var complaints = Run(program, disk, source._folder, cancellationToken);
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

    public override Stream Open(RegularFileNode file) => _reader.OpenContent(file);

    public override long CostOf(RegularFileNode file) => file.Content.Size;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _reader.Dispose();
            FolderWriter.Remove(_folder);
        }

        base.Dispose(disposing);
    }

    /// <summary>debugfs ends well whatever a disk holds, and does not replay journals.</summary>
    private static void Check(string disk, CancellationToken cancellationToken)
    {
        using var root = RootDisk.Open(disk, cancellationToken);
        if (root.Reader.JournalReplayed)
        {
            throw new LoamException(ErrorCodes.DebugfsFailed, $"disk {disk} was not cleanly unmounted, and debugfs would not see its latest changes");
        }
    }

    private static List<string> Run(string program, string disk, string folder, CancellationToken cancellationToken)
    {
        if (folder.AsSpan().ContainsAny('"', '\n', '\\'))
        {
            throw new LoamException(ErrorCodes.DebugfsFailed, $"debugfs cannot be given the folder {folder}")
            {
                Hint = "Use a state folder without quotes, or leave --debugfs out.",
            };
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
        _tree = _reader.ReadTree(cancellationToken);
        Tree.Root.Metadata = Tree.Root.Metadata with { Permissions = Metadata.ImpliedDirectory.Permissions, Modified = Timestamp.Epoch };
        if (Tree.Root.Find("lost+found"u8) is DirectoryNode { Count: 0 })
        {
            Tree.Root.Remove("lost+found"u8, out _);
        }
    }
}
