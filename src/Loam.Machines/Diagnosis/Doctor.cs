using System.Diagnostics;
using Loam.Filesystems;
using Loam.Machines.Guest;
using Loam.Machines.Machine;

namespace Loam.Machines;

/// <summary>The result of one check of this host.</summary>
public enum Finding
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Works, but less well than it could.</summary>
    Weak,

    /// <summary>Does not work.</summary>
    Bad,
}

/// <summary>One check of this host.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Finding">The result.</param>
/// <param name="Detail">What was found, one line.</param>
/// <param name="Fix">What to do about it; null where nothing needs doing.</param>
/// <param name="Required">Whether pulling images and making disks needs it; the rest is for machines.</param>
public sealed record Diagnosis(string Name, Finding Finding, string Detail, string? Fix = null, bool Required = false);

/// <summary>Finds out what this host can do, by trying it.</summary>
public class Doctor
{
    private const long Probe = 8 << 20;

    private static readonly TimeSpan RegistryPatience = TimeSpan.FromSeconds(5);

    private readonly ImageStore _store;
    private readonly TimeProvider _time;

    /// <summary>Checks this host and a store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    public Doctor(ImageStore store, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>For tests that derive from this class.</summary>
    protected Doctor() => (_store, _time) = (null!, TimeProvider.System);

    /// <summary>Runs every check.</summary>
    /// <param name="registry">The registry to reach, as a host; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A line for each check, in their order. What cannot be checked is a finding, not an exception.</returns>
    public virtual async Task<IReadOnlyList<Diagnosis>> RunAsync(string? registry = null, CancellationToken cancellationToken = default)
    {
        var found = new List<Diagnosis> { CheckStore(), CheckRuntime(LoamRuntime.Current, _time.GetUtcNow()) };
        found.AddRange(CheckFileSystem(cancellationToken));
        var tools = new MachineTools(_store.Root, _store.Storage);
        found.Add(await CheckQemuAsync(tools, cancellationToken).ConfigureAwait(false));
        var (kernel, diagnosis) = CheckKernel(tools);
        found.Add(diagnosis);
        found.Add(Try("busybox", () => tools.Busybox()));
        found.Add(await CheckAcceleratorAsync(tools, kernel, cancellationToken).ConfigureAwait(false));
        found.Add(CheckProgram("setpriv", "stops a machine when the command that runs it ends", "apt install util-linux"));
        var (configuration, settings) = ReadSettings();
        found.Add(settings);
        if (configuration is not null)
        {
            found.Add(await CheckCredentialsAsync(configuration, cancellationToken).ConfigureAwait(false));
        }

        if (registry is not null)
        {
            found.Add(await CheckRegistryAsync(registry, configuration, cancellationToken).ConfigureAwait(false));
        }

        return found;
    }

    private static Diagnosis Try(string name, Func<string> check, bool required = false)
    {
        try
        {
            return new Diagnosis(name, Finding.Good, check(), Required: required);
        }
        catch (LoamException e)
        {
            return new Diagnosis(name, Finding.Bad, e.Message, e.Hint, required);
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            return new Diagnosis(name, Finding.Bad, e.Message, "Check that the path exists, that you may write to it, and that there is space left.", required);
        }
    }

    internal static Diagnosis CheckRuntime(LoamRuntime runtime, DateTimeOffset now)
    {
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        return runtime.IsSupported(day) == false
            ? new Diagnosis(
                "runtime", Finding.Weak, runtime.Describe(day), "Install a loam that was built with a supported .NET, or run loam on an installed one.")
            : new Diagnosis("runtime", Finding.Good, runtime.Describe(day));
    }

    private static Diagnosis CheckProgram(string name, string purpose, string fix) =>
        MachineTools.FindProgram(name) is { } path
            ? new Diagnosis(name, Finding.Good, path)
            : new Diagnosis(name, Finding.Bad, $"not installed; it {purpose}", fix);

    private Diagnosis CheckStore() => Try(
        "store",
        () =>
        {
            var names = _store.Names.Read();
            var missing = names.Count(named => !_store.Blobs.Has(named.Manifest));
            return missing == 0
                ? $"{_store.Root}: {names.Count} image{(names.Count == 1 ? "" : "s")}"
                : throw new LoamException(ErrorCodes.BlobMissing, $"{_store.Root}: {missing} of {names.Count} images lack their manifest");
        },
        required: true);

    private List<Diagnosis> CheckFileSystem(CancellationToken cancellationToken)
    {
        using var slot = _store.Staging.TryReserve($"doctor-{Guid.NewGuid():N}")!;
        var copy = slot.Temporary + ".copy";
        var found = new List<Diagnosis>();
        found.Add(Try(
            "holes",
            () =>
            {
                using (var file = File.OpenHandle(slot.Temporary, FileMode.Create, FileAccess.ReadWrite))
                {
                    RandomAccess.Write(file, [1], Probe - 1);
                }

                return DiskCopy.StoredBytes(slot.Temporary) < Probe
                    ? "disks take only the space of their content"
                    : throw new LoamException(ErrorCodes.Io, "this file system has no holes: disks take their whole size")
                    {
                        Hint = "Put the state folder on ext4, XFS, btrfs or tmpfs.",
                    };
            },
            required: true));
        if (found[0].Finding == Finding.Good)
        {
            try
            {
                found.Add(DiskCopy.Make(slot.Temporary, copy, progress: null, cancellationToken).Shared
                    ? new Diagnosis("reflink", Finding.Good, "workspaces share their image's blocks")
                    : new Diagnosis(
                        "reflink",
                        Finding.Weak,
                        "this file system shares no blocks: a new workspace copies its image's data",
                        "Put the state folder on XFS or btrfs."));
            }
            finally
            {
                File.Delete(copy);
            }
        }

        return found;
    }

    private static async Task<Diagnosis> CheckQemuAsync(MachineTools tools, CancellationToken cancellationToken)
    {
        try
        {
            var path = tools.Qemu();
            using var process = Process.Start(
                new ProcessStartInfo(path, ["--version"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var text = await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return process.ExitCode == 0
                ? new Diagnosis("qemu", Finding.Good, $"{path}: {text.Split('\n')[0].Trim()}")
                : new Diagnosis("qemu", Finding.Bad, $"{path} ended with {process.ExitCode}", ErrorCodes.QemuUnusable.Hint);
        }
        catch (Exception e) when (e is LoamException or System.ComponentModel.Win32Exception)
        {
            return new Diagnosis("qemu", Finding.Bad, e.Message, "Install it (Debian: apt install qemu-system-x86).");
        }
    }

    private static (KernelImage? Kernel, Diagnosis Diagnosis) CheckKernel(MachineTools tools)
    {
        KernelImage? kernel = null;
        var diagnosis = Try("kernel", () =>
        {
            kernel = tools.Kernel(asked: null);
            return $"{kernel.Path} with {KernelModules.Find(kernel.ModulesFolder).Count} modules for the guest";
        });
        return (kernel, diagnosis);
    }

    private static async Task<Diagnosis> CheckAcceleratorAsync(MachineTools tools, KernelImage? kernel, CancellationToken cancellationToken)
    {
        if (kernel is null)
        {
            return new Diagnosis("kvm", Finding.Bad, "cannot be tested without a kernel", "Fix the kernel first; see its line.");
        }

        try
        {
            var chosen = await new Accelerator(tools).ChooseAsync(kernel, cancellationToken).ConfigureAwait(false);
            return chosen.Name == Accelerator.Kvm
                ? new Diagnosis("kvm", Finding.Good, "guests run on the processor")
                : new Diagnosis(
                    "kvm",
                    Finding.Weak,
                    $"guests are emulated, which is slow: {chosen.Why}",
                    "Give this user access to a working /dev/kvm (group kvm; virtualization in the firmware, or nested in the hypervisor).");
        }
        catch (LoamException e)
        {
            return new Diagnosis("kvm", Finding.Bad, $"cannot be tested: {e.Message}", e.Hint);
        }
    }

    private (LoamConfiguration? Configuration, Diagnosis Diagnosis) ReadSettings()
    {
        try
        {
            var configuration = LoamConfiguration.Load(_store.Root);
            return configuration.Warnings.Count > 0
                ? (configuration, new Diagnosis("settings", Finding.Weak, string.Join("; ", configuration.Warnings), "Correct config.json."))
                : (configuration, new Diagnosis("settings", Finding.Good, "config.json and registries.conf can be read"));
        }
        catch (LoamException e)
        {
            // Pulling refuses too rather than guess what was meant.
            return (null, new Diagnosis("settings", Finding.Bad, e.Message, e.Hint, Required: true));
        }
    }

    private static async Task<Diagnosis> CheckCredentialsAsync(LoamConfiguration configuration, CancellationToken cancellationToken)
    {
        try
        {
            var known = await new CredentialSources(configuration).ListAsync(cancellationToken).ConfigureAwait(false);
            return known.Warnings.Count > 0
                ? new Diagnosis("credentials", Finding.Weak, string.Join("; ", known.Warnings), "Run chmod 600 on the files that are named.")
                : new Diagnosis("credentials", Finding.Good, known.Logins.Count == 0
                    ? "none; registries are used anonymously"
                    : string.Join(", ", known.Logins.Select(login => $"{login.Registry} ({login.Source})").Distinct(StringComparer.Ordinal)));
        }
        catch (LoamException e)
        {
            return new Diagnosis("credentials", Finding.Bad, e.Message, e.Hint);
        }
    }

    private static async Task<Diagnosis> CheckRegistryAsync(string registry, LoamConfiguration? configuration, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(RegistryPatience);
        using var client = new RegistryClient(configuration is null ? new RegistryOptions() : configuration.ToRegistryOptions());
        try
        {
            // Any answer will do: that there is no such image is one.
            await client.GetManifestAsync(ImageReference.Parse($"{registry}/loam/doctor:latest"), limit.Token).ConfigureAwait(false);
        }
        catch (LoamException e) when (e.Code.Class != ErrorClass.Network)
        {
            return new Diagnosis("registry", Finding.Good, $"{registry} answers");
        }
        catch (Exception e) when (e is LoamException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new Diagnosis(
                "registry",
                Finding.Bad,
                e is LoamException ? e.Message : $"{registry} does not answer in {RegistryPatience.TotalSeconds} s",
                "Check the host, the network and its proxy.");
        }

        return new Diagnosis("registry", Finding.Good, $"{registry} answers");
    }
}
