using System.Text;
using Loam.Files;
using Loam.Layers;

namespace Loam.Machines.Guest;

/// <summary>The guest's first root: busybox, the drivers of its kernel, and the agent. It depends on nothing else, so
/// one serves every machine with the same kernel.</summary>
internal sealed class Initramfs(string folder, StableStorage storage)
{
    private const string AgentPath = "lib/loam/agent";

    private static readonly string[] Folders = ["bin", "dev", "dev/pts", "etc", "lib", "lib/loam", "modules", "proc", "run", "sbin", "sys", "sysroot", "tmp"];

    /// <summary>Gives the path of the one for a kernel; writes it where it is not there yet.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.KernelUnusable"/>, <see cref="ErrorCodes.BusyboxUnusable"/>,
    /// <see cref="ErrorCodes.Io"/>.</exception>
    public string For(KernelImage kernel, string busybox)
    {
        var modules = KernelModules.Find(kernel.ModulesFolder);
        var program = ReadBusybox(busybox);
        var key = new StringBuilder($"{LoamVersion.Text}\n{Digest.Sha256(program)}\n{Digest.Sha256(Script("init.sh"))}\n{Digest.Sha256(Script("agent.sh"))}\n");
        foreach (var module in modules)
        {
            var file = new FileInfo(module);
            key.Append(module).Append(' ').Append(file.Exists ? file.Length : -1).Append(' ').Append(file.LastWriteTimeUtc.Ticks).Append('\n');
        }

        var path = Path.Combine(folder, $"initramfs-{Digest.Sha256(Encoding.UTF8.GetBytes(key.ToString())).Hex[..16]}.cpio");
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(folder);
            var archive = new MemoryStream();
            Write(archive, program, modules);
            AtomicFile.Write(path, archive.GetBuffer().AsMemory(0, (int)archive.Length), storage);
        }

        return path;
    }

    private static void Write(Stream output, byte[] busybox, IReadOnlyList<string> modules)
    {
        var cpio = new CpioWriter(output);
        foreach (var name in Folders)
        {
            cpio.AddDirectory(name);
        }

        cpio.AddFile("bin/busybox", busybox, executable: true);
        cpio.AddLink("bin/sh", "busybox");
        cpio.AddFile("init", Script("init.sh"), executable: true);
        cpio.AddFile(AgentPath, Script("agent.sh"), executable: true);
        cpio.AddFile("etc/inittab", Script("inittab"));
        cpio.AddFile("etc/passwd", "root:x:0:0::/:/bin/sh\n"u8);
        cpio.AddFile("etc/group", "root:x:0:\n"u8);
        for (var i = 0; i < modules.Count; i++)
        {
            var (name, content) = ReadModule(modules[i]);
            cpio.AddFile($"modules/{i:D2}-{name}", content);
        }

        cpio.Finish();
    }

    private static (string Name, byte[] Content) ReadModule(string path)
    {
        try
        {
            return KernelModules.Read(path);
        }
        catch (Exception e) when (IoFailure.Is(e) || e is InvalidDataException or CompressionException)
        {
            throw new LoamException(ErrorCodes.KernelUnusable, $"the module {path} cannot be read: {e.Message}", e);
        }
    }

    private static byte[] ReadBusybox(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            throw new LoamException(ErrorCodes.BusyboxUnusable, $"{path} cannot be read: {e.Message}", e);
        }
    }

    private static byte[] Script(string name)
    {
        using var stream = typeof(Initramfs).Assembly.GetManifestResourceStream($"guest/{name}")!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
