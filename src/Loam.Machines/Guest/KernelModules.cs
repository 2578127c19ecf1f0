using System.IO.Compression;
using Loam.Layers;

namespace Loam.Machines.Guest;

/// <summary>The drivers that a guest needs from its kernel's folder of modules (depmod(8), <c>modules.dep</c> and
/// <c>modules.builtin</c>).</summary>
internal static class KernelModules
{
    private const int MaximumBytes = 64 << 20;

    // What finds the disk and the ports, and the disk's file system. The checksum is a file of its own in some kernels.
    private static readonly (string Name, bool Required)[] Wanted =
        [("virtio_mmio", true), ("virtio_blk", true), ("virtio_console", true), ("crc32c_generic", false), ("ext4", true)];

    /// <summary>The files to load, in the order to load them in. None where the kernel has no folder of modules: then
    /// everything is built into it.</summary>
    /// <param name="folder"><c>/lib/modules/&lt;release&gt;</c>.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.KernelUnusable"/> where a driver is missing.</exception>
    public static IReadOnlyList<string> Find(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "modules.dep")))
        {
            return [];
        }

        var builtin = File.ReadLines(Path.Combine(folder, "modules.builtin")).Select(NameOf).ToHashSet(StringComparer.Ordinal);
        var dependencies = new Dictionary<string, (string Path, string[] Needs)>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(Path.Combine(folder, "modules.dep")))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            {
                dependencies[NameOf(line[..colon])] = (line[..colon], line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }

        var found = new List<string>();
        foreach (var (name, required) in Wanted)
        {
            if (dependencies.TryGetValue(name, out var module))
            {
                // The file lists first what depends on what follows.
                found.AddRange(Enumerable.Reverse(module.Needs).Append(module.Path).Except(found, StringComparer.Ordinal).ToArray());
            }
            else if (required && !builtin.Contains(name))
            {
                throw new LoamException(ErrorCodes.KernelUnusable, $"the kernel of {folder} has no driver {name}");
            }
        }

        return [.. found.Select(path => Path.Combine(folder, path))];
    }

    /// <summary>A module as busybox can load it: it knows xz, and the rest is unpacked here.</summary>
    /// <returns>The file's name and its bytes.</returns>
    public static (string Name, byte[] Content) Read(string path)
    {
        using var file = File.OpenRead(path);
        if (path.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var gzip = new GZipStream(file, CompressionMode.Decompress);
            return (Path.GetFileNameWithoutExtension(path), ReadAll(gzip, path));
        }

        if (path.EndsWith(".zst", StringComparison.Ordinal))
        {
            using var zstd = new ZstdStream(file);
            return (Path.GetFileNameWithoutExtension(path), ReadAll(zstd, path));
        }

        return (Path.GetFileName(path), ReadAll(file, path));
    }

    private static byte[] ReadAll(Stream stream, string path)
    {
        var content = new MemoryStream();
        var buffer = new byte[81920];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            content.Write(buffer, 0, read);
            if (content.Length > MaximumBytes)
            {
                throw new LoamException(ErrorCodes.KernelUnusable, $"module {path} is larger than {MaximumBytes} bytes");
            }
        }

        return content.ToArray();
    }

    /// <summary>A module's name: of its file, without suffixes, dashes as underscores.</summary>
    private static string NameOf(string path)
    {
        var file = Path.GetFileName(path);
        return file[..(file.IndexOf(".ko", StringComparison.Ordinal) is > 0 and var end ? end : file.Length)].Replace('-', '_');
    }
}
