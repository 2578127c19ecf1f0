using System.Buffers.Binary;
using Loam.Files;
using Loam.Machines.Guest;

namespace Loam.Machines.Machine;

/// <summary>The host's programs and files that a machine is made of.</summary>
internal sealed class MachineTools(string root, StableStorage storage)
{
    private const string QemuName = "qemu-system-x86_64";
    private const string BootFolder = "/boot";

    // Debian's busybox-static takes busybox's usual place; other systems give the static one a name of its own.
    private static readonly string[] BusyboxPlaces =
    [
        "/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static", "/usr/bin/busybox-static", "/bin/busybox-static",
    ];

    /// <summary>The folder of what is kept between machines: their first root, and how they run on this host.</summary>
    public string Folder { get; } = Path.Combine(root, "machines");

    /// <summary>What all that is kept goes through.</summary>
    public StableStorage Storage => storage;

    public MachineSettings Settings { get; } = LoamConfiguration.Load(root).Machines;

    /// <summary>QEMU's path.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.QemuUnusable"/>.</exception>
    public string Qemu() => Settings.Qemu ?? FindProgram(QemuName) ?? throw new LoamException(ErrorCodes.QemuUnusable, $"{QemuName} is not installed");

    /// <summary>The kernel to boot: the one given, else the configured one, else the host's newest.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.KernelUnusable"/>.</exception>
    public KernelImage Kernel(string? asked) => KernelImage.Open(
        asked
        ?? Settings.Kernel
        ?? KernelImage.FindNewest(BootFolder)
        ?? throw new LoamException(ErrorCodes.KernelUnusable, $"there is no {BootFolder}/vmlinuz-*"));

    /// <summary>A busybox that needs no library.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.BusyboxUnusable"/>.</exception>
    public string Busybox()
    {
        string[] places = Settings.Busybox is { } stated ? [stated] : BusyboxPlaces;
        return places.FirstOrDefault(IsStatic)
            ?? throw new LoamException(
                ErrorCodes.BusyboxUnusable, places.Any(File.Exists) ? $"{places.First(File.Exists)} is not statically linked" : "busybox is not installed");
    }

    /// <summary>The path of the initramfs for a kernel.</summary>
    public string InitramfsFor(KernelImage kernel) => new Initramfs(Folder, storage).For(kernel, Busybox());

    public static string? FindProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/bin:/usr/sbin:/bin:/sbin").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Whether a program is an ELF file for x86-64 without an interpreter (elf(5)).</summary>
    private static bool IsStatic(string path)
    {
        const int ProgramHeadersOffset = 32, ProgramHeaderSize = 54, ProgramHeaderCount = 56, Interpreter = 3;
        try
        {
            using var file = File.OpenHandle(path);
            var header = new byte[4096];
            var length = RandomAccess.Read(file, header, 0);
            if (length < 64 || !header.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            {
                return false;
            }

            var at = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(ProgramHeadersOffset));
            var size = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(ProgramHeaderSize));
            var count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(ProgramHeaderCount));
            for (ulong i = 0; i < count; i++)
            {
                if (at > (ulong)length
                    || at + (i * size) + 4 > (ulong)length
                    || BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan((int)(at + (i * size)))) == Interpreter)
                {
                    return false;
                }
            }

            return true;
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            return false;
        }
    }
}
