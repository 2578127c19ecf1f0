using System.Text.Json;
using System.Text.Json.Serialization;
using Loam.Files;
using Loam.Machines.Guest;

namespace Loam.Machines.Machine;

/// <summary>How guests run on this host, as found out by trying.</summary>
/// <param name="Name"><c>kvm</c> or <c>tcg</c>.</param>
/// <param name="Why">Why not KVM; null with it.</param>
/// <param name="Key">What the finding holds for: this boot of the host, this QEMU, this kernel.</param>
internal sealed record AcceleratorRecord(
    [property: JsonPropertyName("accelerator")] string Name,
    [property: JsonPropertyName("why")] string? Why,
    [property: JsonPropertyName("key")] string Key);

/// <summary>Chooses between KVM and QEMU's own emulation. A host may have <c>/dev/kvm</c>, and even make machines with
/// it, while no guest comes up on it: so one is booted, once, and the finding is kept.</summary>
internal sealed class Accelerator(MachineTools tools)
{
    public const string Kvm = "kvm";
    public const string Tcg = "tcg";

    private const string Device = "/dev/kvm";
    private const string Answer = "loam: the guest is up";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    private string RecordPath => Path.Combine(tools.Folder, "accelerator.json");

    /// <summary>Gives the accelerator to use with a kernel.</summary>
    public async Task<AcceleratorRecord> ChooseAsync(KernelImage kernel, CancellationToken cancellationToken)
    {
        if (tools.Settings.Accelerator is Kvm or Tcg)
        {
            return new AcceleratorRecord(tools.Settings.Accelerator, "config.json sets it", "");
        }

        var qemu = tools.Qemu();
        var key = $"{BootId()} {qemu} {File.GetLastWriteTimeUtc(qemu).Ticks} {kernel.Path} {File.GetLastWriteTimeUtc(kernel.Path).Ticks}";
        if (Read() is { } known && known.Key == key)
        {
            return known;
        }

        Directory.CreateDirectory(tools.Folder);
        using var alone = await FileLock.AcquireAsync(RecordPath + ".lock", LockKind.Transient, cancellationToken).ConfigureAwait(false);
        if (Read() is { } found && found.Key == key)
        {
            return found;
        }

        var why = await TryAsync(qemu, kernel, cancellationToken).ConfigureAwait(false);
        var record = new AcceleratorRecord(why is null ? Kvm : Tcg, why, key);
        AtomicFile.Write(RecordPath, JsonSerializer.SerializeToUtf8Bytes(record, MachineJson.Default.AcceleratorRecord), tools.Storage);
        return record;
    }

    private AcceleratorRecord? Read()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(RecordPath), MachineJson.Default.AcceleratorRecord);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    private static string BootId() => File.Exists("/proc/sys/kernel/random/boot_id") ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : "";

    /// <returns>Why KVM cannot be used; null where it can.</returns>
    private async Task<string?> TryAsync(string qemu, KernelImage kernel, CancellationToken cancellationToken)
    {
        if (!File.Exists(Device))
        {
            return $"there is no {Device}";
        }

        try
        {
            using var _ = File.OpenHandle(Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            return $"{Device} cannot be opened: {e.Message}";
        }

        var folder = Directory.CreateDirectory(Path.Combine(tools.Folder, $"try-{Guid.NewGuid():N}")).FullName;
        try
        {
            var arguments = QemuArguments.ForTrial(kernel, tools.InitramfsFor(kernel), Kvm);
            using var process = QemuProcess.Start(qemu, arguments, folder, detached: false);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Limit);
            try
            {
                await process.Exited.WaitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return $"a guest on {Device} did not start in {Limit.TotalSeconds} s";
            }

            var console = QemuProcess.ReadTail(Path.Combine(folder, QemuArguments.ConsoleName));
            return console.Contains(Answer, StringComparison.Ordinal) ? null : $"a guest on {Device} does not start: {process.Complaint()}";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
