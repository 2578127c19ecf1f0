using System.Text;
using Loam.Filesystems;
using Loam.Layers;

namespace Loam.Machines.Workspaces;

/// <summary>Files of this machine as an archive that a guest unpacks: one top entry, whatever its name here, owned by
/// root as everything below it.</summary>
internal static class GuestCopy
{
    private const string Top = "it";
    private const int ChunkBytes = 1 << 20;

    /// <summary>Writes a file, a link or a folder with all in it.</summary>
    public static void Write(string path, Stream output, CancellationToken cancellationToken)
    {
        var tar = new TarWriter(output);
        Add(tar, Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), Top, cancellationToken);
        tar.Finish();
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

    private static void Add(TarWriter tar, string path, string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = new FileInfo(path);
        var isFolder = Directory.Exists(path);
        if (!file.Exists && !isFolder && file.LinkTarget is null)
        {
            throw new LoamException(ErrorCodes.Io, $"there is no {path}");
        }

        var time = new DateTimeOffset(isFolder ? Directory.GetLastWriteTimeUtc(path) : file.LastWriteTimeUtc).ToUnixTimeSeconds();
        var entry = new TarEntry
        {
            Type = isFolder ? TarType.Directory : TarType.RegularFile,
            Path = Encoding.UTF8.GetBytes(name),
            Permissions = OperatingSystem.IsWindows() ? (ushort)0b111_101_101 : (ushort)File.GetUnixFileMode(path),
            Modified = new Timestamp(time, 0),
        };
        if (file.LinkTarget is { } target)
        {
            tar.Write(entry with { Type = TarType.SymbolicLink, LinkTarget = Encoding.UTF8.GetBytes(target), Permissions = 0b111_111_111 });
        }
        else if (isFolder)
        {
            tar.Write(entry);
            foreach (var below in Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal))
            {
                Add(tar, below, $"{name}/{Path.GetFileName(below)}", cancellationToken);
            }
        }
        else
        {
            AddContent(tar, entry, path, cancellationToken);
        }
    }

    private static void AddContent(TarWriter tar, TarEntry entry, string path, CancellationToken cancellationToken)
    {
        using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var left = content.Length;
        tar.Write(entry with { Size = left });
        for (var buffer = new byte[ChunkBytes]; left > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = content.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0)
            {
                throw new LoamException(ErrorCodes.Io, $"{path} became shorter while it was copied");
            }

            tar.WriteContent(buffer.AsSpan(0, read));
            left -= read;
        }
    }
}
