using System.Buffers.Binary;
using Loam.Files;
using Loam.Machines.Guest;
using Loam.Machines.Machine;
using Loam.TestKit;

namespace Loam.Machines.Tests.Machine;

/// <summary>What this host must have, and what is remembered of it.</summary>
public sealed class MachineToolsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Busybox_must_need_no_library()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], $$"""{"busybox":"{{folder["busybox"]}}"}""");
        var tools = new MachineTools(folder.Path, StableStorage.Real);
        Assert.Same(ErrorCodes.BusyboxUnusable, Assert.Throws<LoamException>(() => tools.Busybox()).Code);
        foreach (var (headers, isStatic) in (((uint[], bool)[])[([1, 2], true), ([1, 3], false), ([3], false), ([1, 1, 1], true)]))
        {
            File.WriteAllBytes(folder["busybox"], Elf(headers));
            var found = Record.Exception(() => Assert.Equal(folder["busybox"], tools.Busybox()));
            Assert.Equal(isStatic ? null : ErrorCodes.BusyboxUnusable, (found as LoamException)?.Code);
        }

        // Headers that would stand behind the part that is read say nothing.
        var far = Elf([1]);
        BinaryPrimitives.WriteUInt64LittleEndian(far.AsSpan(32), 1 << 20);
        File.WriteAllBytes(folder["busybox"], far);
        Assert.Throws<LoamException>(() => tools.Busybox());
        File.WriteAllText(folder["busybox"], "#!/bin/sh\n");
        Assert.Throws<LoamException>(() => tools.Busybox());
    }

    [Fact]
    public async Task How_guests_run_is_remembered_for_the_kernel_it_was_tried_with()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], """{"qemu":"/bin/true"}""");
        var tools = new MachineTools(folder.Path, StableStorage.Real);
        Directory.CreateDirectory(tools.Folder);
        var record = Path.Combine(tools.Folder, "accelerator.json");
        await File.WriteAllTextAsync(record, """{"accelerator":"kvm","key":"of another host"}""", Stop);
        var busybox = folder["busybox"];
        File.WriteAllBytes(busybox, Elf([1]));
        File.WriteAllText(folder["config.json"], $$"""{"qemu":"/bin/true","busybox":"{{busybox}}"}""");
        tools = new MachineTools(folder.Path, StableStorage.Real);
        var found = await new Accelerator(tools).ChooseAsync(new KernelImage("/none", "none"), Stop);
        Assert.NotEqual("of another host", found.Key);
        Assert.Equal("tcg", found.Name);

        // The second time it is not tried again.
        await File.WriteAllTextAsync(record, $$"""{"accelerator":"kvm","key":"{{found.Key}}"}""", Stop);
        Assert.Equal("kvm", (await new Accelerator(tools).ChooseAsync(new KernelImage("/none", "none"), Stop)).Name);
        Assert.Equal("tcg", (await new Accelerator(tools).ChooseAsync(new KernelImage("/other", "none"), Stop)).Name);
        File.WriteAllText(folder["config.json"], """{"qemu":"/bin/true","accelerator":"tcg"}""");
        Assert.Equal(
            "tcg", (await new Accelerator(new MachineTools(folder.Path, StableStorage.Real)).ChooseAsync(new KernelImage("/none", "none"), Stop)).Name);
    }

    [Fact]
    public void A_record_of_a_run_that_cannot_be_read_is_none()
    {
        using var folder = new TemporaryFolder();
        var file = new RunRecordFile(folder.Path, StableStorage.Real);
        Assert.Null(file.Read());
        var record = new RunRecord { Pid = 7, Accelerator = "tcg", Kernel = "/k", Detached = true, StartedAt = DateTimeOffset.UnixEpoch };
        file.Write(record);
        Assert.Equal(record, file.Read());
        File.WriteAllText(folder["run.json"], "{\"pid\":");
        Assert.Null(file.Read());
        file.Clear();
        Assert.False(File.Exists(folder["run.json"]));
    }

    private static byte[] Elf(uint[] headers)
    {
        const int Start = 64, Size = 56;
        var file = new byte[Start + (Size * headers.Length)];
        new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1 }.CopyTo(file, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), Start);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(54), Size);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(56), (ushort)headers.Length);
        for (var i = 0; i < headers.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(Start + (Size * i)), headers[i]);
        }

        return file;
    }
}
