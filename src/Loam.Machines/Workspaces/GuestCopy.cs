using System.Text;
using Loam.Filesystems;
using Loam.Layers;

namespace Loam.Machines.Workspaces;

/// <summary>Files of this host as an archive that a guest unpacks: one top entry, whatever its name here, owned by
/// root as everything below it.</summary>
internal static class GuestCopy
{
    private const string Top = "it";
    private const int ChunkBytes = 1 << 20;
    private const ushort LinkPermissions = 0b111_111_111;

    private static readonly FolderReadOptions AsRoot = new() { OwnedByRoot = true, KeepXAttrs = false };

    /// <summary>Writes a file, a link or a folder with all in it. Links are copied as links, wherever they lead.</summary>
    /// <param name="path">The file.</param>
    /// <param name="output">Where the archive goes; left open.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many sockets were left out: an archive has no way to say them.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.Io"/>.</exception>
    public static int Write(string path, Stream output, CancellationToken cancellationToken)
    {
        var whole = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var name = Encoding.UTF8.GetBytes(Path.GetFileName(whole));
        try
        {
            using var reader = FolderReader.Open(Path.GetDirectoryName(whole) ?? whole, AsRoot);
            var tree = new FileTree();
            var top = name.Length > 0 ? reader.ReadNode(name, cancellationToken) : reader.ReadTree(cancellationToken).Root;
            tree.Root.Set(Encoding.ASCII.GetBytes(Top), top ?? throw new LoamException(ErrorCodes.Io, $"{path} does not exist"));
            return Write(tree, reader, output, cancellationToken);
        }
        catch (Exception e) when (IoFailure.Is(e) || e is FilesystemException)
        {
            throw new LoamException(ErrorCodes.Io, $"{path} cannot be copied: {e.Message}", e);
        }
    }

    /// <summary>What the guest's agent does with the archive on its stdin: into a folder that is there under the source's
    /// own name, else under the name given.</summary>
    public static string Script(string source, string target)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)));
        return $"""
            inside {GuestProgram.Quote(target)}
            if [ -d "$resolved" ]; then
                folder=$resolved name={GuestProgram.Quote(name)}
            else
                folder=$(dirname "$resolved") name=$(basename "$resolved")
            fi
            [ -d "$folder" ] || fail "there is no folder for" {GuestProgram.Quote(target)} "in the guest"
            temporary=$folder/.loam-cp.$$
            mkdir "$temporary" && tar -x -f - -C "$temporary" || fail "the guest's disk is full or damaged"
            if [ -d "$temporary/{Top}" ] && [ ! -L "$temporary/{Top}" ]; then
                mkdir -p "$folder/$name" && cp -a "$temporary/{Top}/." "$folder/$name/" || fail "not everything could be copied"
                rm -r "$temporary"
            else
                mv -f "$temporary/{Top}" "$folder/$name" && rmdir "$temporary" || fail "the file cannot be put into place"
            fi
            exit 0

            """;
    }

    private static int Write(FileTree tree, FolderReader reader, Stream output, CancellationToken cancellationToken)
    {
        var tar = new TarWriter(output);
        var first = new Dictionary<FileNode, byte[]>(ReferenceEqualityComparer.Instance);
        var leftOut = 0;
        foreach (var (path, node) in tree.Walk())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var entry = Describe(path, node);
            if (node is SpecialNode { Kind: SpecialKind.Socket })
            {
                leftOut++;
            }
            else if (first.TryGetValue(node, out var target))
            {
                tar.Write(entry with { Type = TarType.HardLink, LinkTarget = target, Size = 0 });
            }
            else
            {
                tar.Write(entry);
                first.Add(node, entry.Path);
                if (node is RegularFileNode file)
                {
                    WriteContent(tar, reader, file, cancellationToken);
                }
            }
        }

        tar.Finish();
        return leftOut;
    }

    /// <summary>What the guest's tar understands: times to the second, no attributes, no holes.</summary>
    private static TarEntry Describe(TreePath path, FileNode node)
    {
        var entry = new TarEntry
        {
            Type = TarType.RegularFile,
            Path = path.Bytes.ToArray(),
            Permissions = node.Metadata.Permissions,
            Modified = node.Metadata.Modified with { Nanoseconds = 0 },
        };
        return node switch
        {
            DirectoryNode => entry with { Type = TarType.Directory },
            SymlinkNode link => entry with { Type = TarType.SymbolicLink, LinkTarget = link.Target.ToArray(), Permissions = LinkPermissions },
            SpecialNode { Kind: SpecialKind.CharacterDevice } device =>
                entry with { Type = TarType.CharacterDevice, DeviceMajor = device.Major, DeviceMinor = device.Minor },
            SpecialNode { Kind: SpecialKind.BlockDevice } device =>
                entry with { Type = TarType.BlockDevice, DeviceMajor = device.Major, DeviceMinor = device.Minor },
            SpecialNode => entry with { Type = TarType.Fifo },
            _ => entry with { Size = ((RegularFileNode)node).Content.Size },
        };
    }

    private static void WriteContent(TarWriter tar, FolderReader reader, RegularFileNode file, CancellationToken cancellationToken)
    {
        using var content = reader.OpenContent(file);
        var buffer = new byte[Math.Min(ChunkBytes, content.Length)];
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tar.WriteContent(buffer.AsSpan(0, read));
        }
    }
}
