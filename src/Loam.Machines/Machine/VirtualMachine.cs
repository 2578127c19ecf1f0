using System.Text;
using Loam.Files;

namespace Loam.Machines.Machine;

/// <summary>A machine that this process started.</summary>
internal sealed class VirtualMachine : IDisposable
{
    private const int ConsoleLines = 5;

    // An emulated guest on a machine with twenty others needs minutes.
    private static readonly TimeSpan BootLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(10);

    private readonly MachineSpec _spec;
    private readonly QemuProcess _qemu;

    private VirtualMachine(MachineSpec spec, QemuProcess qemu)
    {
        _spec = spec;
        _qemu = qemu;
    }

    /// <summary>Ends when the machine has ended.</summary>
    public Task Exited => _qemu.Exited;

    /// <summary>Starts a machine. The lock that keeps its disk from others, which the caller holds, the machine holds too from
    /// then on.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.QemuUnusable"/>, <see cref="ErrorCodes.KernelUnusable"/>,
    /// <see cref="ErrorCodes.BusyboxUnusable"/>, <see cref="ErrorCodes.BootFailed"/>.</exception>
    public static async Task<VirtualMachine> StartAsync(
        MachineSpec spec, FileLock held, MachineTools tools, bool detached, CancellationToken cancellationToken)
    {
        var (qemu, kernel) = (tools.Qemu(), tools.Kernel(spec.Kernel));
        if (spec.Architecture != "amd64")
        {
            throw new LoamException(ErrorCodes.ArchitectureUnsupported, $"workspace {spec.Name} is for {spec.Architecture}");
        }

        var initramfs = tools.InitramfsFor(kernel);
        var accelerator = await new Accelerator(tools).ChooseAsync(kernel, cancellationToken).ConfigureAwait(false);
        Clear(spec.Folder);
        foreach (var end in new[] { "in", "out" })
        {
            Libc.MakePipe(Path.Combine(spec.Folder, $"{QemuArguments.OrdersName}.{end}"));
        }

        var arguments = QemuArguments.For(spec, kernel, initramfs, accelerator.Name);
        held.SetInherited(true);
        QemuProcess process;
        try
        {
            process = QemuProcess.Start(qemu, arguments, spec.Folder, detached);
        }
        finally
        {
            held.SetInherited(false);
        }

        var machine = new VirtualMachine(spec, process);
        try
        {
            new RunRecordFile(spec.Folder, tools.Storage).Write(new RunRecord
            {
                Pid = process.Id,
                Accelerator = accelerator.Name,
                Kernel = kernel.Path,
                Detached = detached,
                StartedAt = TimeProvider.System.GetUtcNow(),
            });
            await machine.WaitForControlAsync(cancellationToken).ConfigureAwait(false);
            return machine;
        }
        catch
        {
            await process.KillAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts a program and waits until the guest, which may still boot, has taken it on.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.BootFailed"/>.</exception>
    public async Task<GuestSession> BeginAsync(string script, SessionKind kind, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(BootLimit);
        GuestSession? session = null;
        try
        {
            session = await GuestSession.StartAsync(_spec.Folder, script, kind, limit.Token).ConfigureAwait(false);
            await session.TakenAsync(limit.Token).ConfigureAwait(false);
            return session;
        }
        catch (Exception e)
        {
            session?.Dispose();
            if (e is LoamException { Code: var code } && code == ErrorCodes.MachineLost
                || e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw await BootFailureAsync(e).ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Ends the machine at once.</summary>
    public Task KillAsync() => _qemu.KillAsync();

    /// <inheritdoc/>
    public void Dispose() => _qemu.Dispose();

    /// <summary>Gives the agent an order. The pipe holds it until the guest is up.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.MachineLost"/>.</exception>
    public static void Order(string folder, string order)
    {
        try
        {
            using var pipe = File.OpenHandle(Path.Combine(folder, QemuArguments.OrdersName + ".in"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            using var stream = new FileStream(pipe, FileAccess.Write, bufferSize: 0);
            stream.Write(Encoding.ASCII.GetBytes(order + "\n"));
        }
        catch (IOException e)
        {
            throw new LoamException(ErrorCodes.MachineLost, $"the machine does not answer: {e.Message}", e);
        }
    }

    /// <summary>Whether a machine stands still.</summary>
    public static async Task<bool> IsPausedAsync(Qmp qmp, CancellationToken cancellationToken)
    {
        using var answer = await qmp.ExecuteAsync("query-status", null, cancellationToken).ConfigureAwait(false);
        return answer.RootElement.GetProperty("return").GetProperty("status").GetString() == "paused";
    }

    private static void Clear(string folder)
    {
        foreach (var name in new[]
        {
            QemuArguments.ControlName,
            QemuArguments.OrdersName + ".in",
            QemuArguments.OrdersName + ".out",
            QemuArguments.ConsoleName,
        })
        {
            File.Delete(Path.Combine(folder, name));
        }
    }

    /// <summary>Waits until QEMU listens: it has taken its arguments, its files and its memory by then.</summary>
    private async Task WaitForControlAsync(CancellationToken cancellationToken)
    {
        while (!File.Exists(Path.Combine(_spec.Folder, QemuArguments.ControlName))
            || !await Qmp.ListensAsync(_spec.Folder, QemuArguments.ControlName, cancellationToken).ConfigureAwait(false))
        {
            await Task.WhenAny(Exited, Task.Delay(PollEvery, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (Exited.IsCompleted)
            {
                throw new LoamException(ErrorCodes.QemuUnusable, $"QEMU did not start: {_qemu.Complaint()}");
            }
        }
    }

    private async Task<LoamException> BootFailureAsync(Exception inner)
    {
        // QEMU's sockets close just before it ends.
        await Task.WhenAny(Exited, Task.Delay(TimeSpan.FromSeconds(1))).ConfigureAwait(false);
        var console = string.Join(
            " | ",
            QemuProcess.ReadTail(_spec.ConsolePath).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(ConsoleLines));
        var stuck = inner is LoamException ? inner.Message : $"it has not started after {BootLimit.TotalMinutes} minutes";
        var why = Exited.IsCompleted ? $"the machine ended{(console.Length > 0 ? $" after printing: {console}" : $": {_qemu.Complaint()}")}" : stuck;
        return new LoamException(ErrorCodes.BootFailed, $"the guest of workspace {_spec.Name} did not start: {why}", inner);
    }
}
