using System.Diagnostics;
using Loam.Files;
using Loam.Machines.Machine;
using Loam.Machines.Workspaces;
using Loam.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loam.Machines;

/// <summary>Starts machines on workspaces, runs programs in them, and stops them.</summary>
/// <example>
/// <code>
/// var workspaces = new WorkspaceStore(ImageStore.Open());
/// var runner = new WorkspaceRunner(workspaces);
/// using var output = new MemoryStream();
/// var exitCode = await runner.RunAsync(
///     workspaces.Get("work"), record => record.ProgramOf(["uname", "-r"]), new GuestConversation(new GuestStreams(null, output, Stream.Null)));
/// Console.WriteLine(exitCode);
/// </code>
/// </example>
public partial class WorkspaceRunner
{
    private const string NoProgram = "exit 0\n";

    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan QuitLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan UsualHaltLimit = TimeSpan.FromMinutes(1);

    private readonly WorkspaceStore _workspaces;
    private readonly ILogger _logger;

    /// <summary>Runs the workspaces of a store.</summary>
    /// <param name="workspaces">The workspaces.</param>
    /// <exception cref="ArgumentNullException"><paramref name="workspaces"/> is null.</exception>
    public WorkspaceRunner(WorkspaceStore workspaces)
    {
        ArgumentNullException.ThrowIfNull(workspaces);
        _workspaces = workspaces;
        _logger = workspaces.Images.Loggers.CreateLogger("Loam.Machines");
    }

    /// <summary>For tests that derive from this class.</summary>
    protected WorkspaceRunner() => (_workspaces, _logger) = (null!, NullLogger.Instance);

    private MachineTools Tools => new(_workspaces.Images.Root, _workspaces.Images.Storage);

    /// <summary>Runs one program of an image in a machine that is removed afterwards.</summary>
    /// <param name="image">The image, with its disk, which is not changed.</param>
    /// <param name="program">Makes the program from what is known of the image.</param>
    /// <param name="conversation">The program's streams.</param>
    /// <param name="options">The machine; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the call and stops the machine.</param>
    /// <returns>The program's exit code; 128 and the signal's number where one ended it.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ImageNotFound"/>, <see cref="ErrorCodes.QemuUnusable"/>,
    /// <see cref="ErrorCodes.KernelUnusable"/>, <see cref="ErrorCodes.BusyboxUnusable"/>, <see cref="ErrorCodes.BootFailed"/>,
    /// <see cref="ErrorCodes.MachineLost"/>, <see cref="ErrorCodes.GuestCommandInvalid"/>,
    /// <see cref="ErrorCodes.ArchitectureUnsupported"/>.</exception>
    public virtual Task<int> RunThrowawayAsync(
        ImageRecord image,
        Func<WorkspaceRecord, GuestProgram> program,
        GuestConversation conversation,
        WorkspaceOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(conversation);
        return ThrowAwayAsync(
            image,
            options ?? new WorkspaceOptions(),
            (machine, record) => TalkAsync(machine, program(record), conversation, cancellationToken),
            cancellationToken);
    }

    /// <summary>Boots an image's disk, without changing it, until the guest has mounted it and answers.</summary>
    /// <param name="image">The image, with its disk.</param>
    /// <param name="cancellationToken">Cancels the call and stops the machine.</param>
    /// <returns>A task that ends when the guest has started and was stopped again.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="LoamException">As <see cref="RunThrowawayAsync"/>.</exception>
    public virtual Task CheckAsync(ImageRecord image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return ThrowAwayAsync(
            image,
            new WorkspaceOptions(),
            async (machine, _) =>
            {
                using var session = await machine.BeginAsync(NoProgram, SessionKind.Streams, cancellationToken).ConfigureAwait(false);
                return await session.CompleteAsync(new GuestStreams(null, Stream.Null, Stream.Null), cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);
    }

    /// <summary>Runs a stopped workspace's machine for as long as its program runs, then halts it.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="program">Makes the program from what the workspace was made from.</param>
    /// <param name="conversation">The program's streams.</param>
    /// <param name="cancellationToken">Cancels the call and stops the machine.</param>
    /// <returns>The program's exit code; 128 and the signal's number where one ended it.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceInUse"/>, <see cref="ErrorCodes.SetupFailed"/>, and as
    /// <see cref="RunThrowawayAsync"/>.</exception>
    public virtual async Task<int> RunAsync(
        Workspace workspace, Func<WorkspaceRecord, GuestProgram> program, GuestConversation conversation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(conversation);
        using var held = workspace.Take(LockKind.Exclusive);
        return await UseAsync(
            workspace,
            held,
            async machine =>
            {
                await SetUpAsync(machine, workspace, cancellationToken).ConfigureAwait(false);
                return await TalkAsync(machine, program(workspace.Record), conversation, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts a stopped workspace's machine and leaves it running. It runs until it is halted or killed, also
    /// after its program has ended.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="program">Makes the program, or gives null for none; null for none.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>A task that ends when the guest has started the program.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="workspace"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceInUse"/>, <see cref="ErrorCodes.SetupFailed"/>, and as
    /// <see cref="RunThrowawayAsync"/>.</exception>
    public virtual async Task StartDetachedAsync(
        Workspace workspace, Func<WorkspaceRecord, GuestProgram?>? program = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        using var held = workspace.Take(LockKind.Exclusive);
        using var machine = await StartAsync(workspace, held, detached: true, cancellationToken).ConfigureAwait(false);
        try
        {
            await SetUpAsync(machine, workspace, cancellationToken).ConfigureAwait(false);
            var script = program?.Invoke(workspace.Record)?.Script() ?? NoProgram;
            using var session = await machine.BeginAsync(script, SessionKind.Detached, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await machine.KillAsync().ConfigureAwait(false);
            workspace.Run.Clear();
            LogEnd(workspace.Name);
            throw;
        }
    }

    /// <summary>Runs a program in a running workspace.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="program">The program; see <see cref="WorkspaceRecord.ProgramOf"/>.</param>
    /// <param name="conversation">The program's streams.</param>
    /// <param name="cancellationToken">Cancels the call; the program continues to run.</param>
    /// <returns>Its exit code; 128 and the signal's number where one ended it.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceNotRunning"/>, <see cref="ErrorCodes.WorkspacePaused"/>,
    /// <see cref="ErrorCodes.MachineLost"/>, <see cref="ErrorCodes.GuestCommandInvalid"/>.</exception>
    public virtual async Task<int> ExecuteAsync(
        Workspace workspace, GuestProgram program, GuestConversation conversation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(conversation);
        RequireRunning(workspace);
        var script = program.Script();
        using var session = await GuestSession.StartAsync(workspace.Folder, script, conversation.Kind, cancellationToken).ConfigureAwait(false);
        await session.TakenAsync(cancellationToken).ConfigureAwait(false);
        using var attached = conversation.Attach?.Invoke(session);
        var code = await session.CompleteAsync(conversation.Streams, cancellationToken).ConfigureAwait(false);
        try
        {
            await session.RemoveAsync(workspace.Folder, cancellationToken).ConfigureAwait(false);
        }
        catch (LoamException)
        {
            // The program may have been the one that switched the machine off.
        }

        return code;
    }

    /// <summary>Copies a file or a folder of this host into a stopped workspace. Its guest is booted for it: only the
    /// kernel changes a file system that has a journal and a history.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="source">What to copy.</param>
    /// <param name="target">Where to: into this folder if the guest has it, else under this name.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many sockets were left out; the task ends when everything is copied and the guest halted.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.Io"/>, <see cref="ErrorCodes.GuestCommandInvalid"/>, and as
    /// <see cref="RunAsync"/>.</exception>
    public virtual async Task<int> CopyInAsync(Workspace workspace, string source, string target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(target);
        using var held = workspace.Take(LockKind.Exclusive);
        using var slot = _workspaces.Images.Staging.TryReserve($"copy-{Guid.NewGuid():N}")!;
        using var archive = new FileStream(slot.Temporary, FileMode.Create, FileAccess.ReadWrite);
        var leftOut = GuestCopy.Write(source, archive, cancellationToken);
        archive.Position = 0;
        await UseAsync(
            workspace,
            held,
            async machine =>
            {
                using var session = await machine.BeginAsync(GuestCopy.Script(source, target), SessionKind.Streams, cancellationToken).ConfigureAwait(false);
                return await session.CompleteAsync(new GuestStreams(archive, Stream.Null, Stream.Null), cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        return leftOut;
    }

    /// <summary>Copies a file or a folder of a stopped workspace's disk to this host.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="source">What to copy: a path on its disk.</param>
    /// <param name="target">Where to: into this folder if it is one, else under this name.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many devices, sockets and pipes were left out.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceInUse"/>, <see cref="ErrorCodes.DiskUnreadable"/>,
    /// <see cref="ErrorCodes.Io"/>.</exception>
    public virtual int CopyOut(Workspace workspace, string source, string target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(target);
        return WorkspaceDisk.CopyOut(workspace, source, target, _workspaces.Images.Storage, cancellationToken);
    }

    /// <summary>Lets the guest end its programs, unmount its disk and shut down.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="timeout">How long to wait; null for a minute.</param>
    /// <param name="cancellationToken">Cancels the wait; the guest continues to shut down.</param>
    /// <returns>A task that ends when the machine has ended.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="workspace"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.HaltTimeout"/>, <see cref="ErrorCodes.WorkspaceNotRunning"/>,
    /// <see cref="ErrorCodes.WorkspacePaused"/>.</exception>
    public virtual async Task HaltAsync(Workspace workspace, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        RequireRunning(workspace);
        if (await StateAsync(workspace, cancellationToken).ConfigureAwait(false) == WorkspaceState.Paused)
        {
            throw workspace.Failure(ErrorCodes.WorkspacePaused, $"workspace {workspace.Name} is paused");
        }

        var limit = timeout ?? UsualHaltLimit;
        VirtualMachine.Order(workspace.Folder, "halt");
        if (!await StoppedAsync(workspace, limit, cancellationToken).ConfigureAwait(false))
        {
            throw workspace.Failure(ErrorCodes.HaltTimeout, $"workspace {workspace.Name} is still running after {limit.TotalSeconds} s");
        }
    }

    /// <summary>Stops a machine at once, without waiting for its guest.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="cancellationToken">Cancels the wait; the request is not taken back.</param>
    /// <returns>A task that ends when the machine has ended.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="workspace"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceNotRunning"/>; <see cref="ErrorCodes.WorkspaceInUse"/> by
    /// something other than a machine.</exception>
    public virtual async Task KillAsync(Workspace workspace, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        RequireRunning(workspace);
        using var process = FindMachine(workspace);
        process?.Kill();
        if (process is null || !await StoppedAsync(workspace, QuitLimit, cancellationToken).ConfigureAwait(false))
        {
            throw new LoamException(ErrorCodes.WorkspaceInUse, $"workspace {workspace.Name} is in use, but not by a machine that can be stopped")
            {
                Hint = "Wait until the command that uses it has ended.",
            };
        }
    }

    /// <summary>Pauses a guest; one that is already paused is not changed.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="cancellationToken">Cancels the wait; the request is not taken back.</param>
    /// <returns>A task that ends when QEMU has confirmed it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="workspace"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceNotRunning"/>, <see cref="ErrorCodes.MachineLost"/>.</exception>
    public virtual Task PauseAsync(Workspace workspace, CancellationToken cancellationToken = default) => ControlAsync(workspace, "stop", cancellationToken);

    /// <summary>Resumes a paused guest; one that is running is not changed.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="cancellationToken">Cancels the wait; the request is not taken back.</param>
    /// <returns>A task that ends when QEMU has confirmed it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="workspace"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceNotRunning"/>, <see cref="ErrorCodes.MachineLost"/>.</exception>
    public virtual Task ResumeAsync(Workspace workspace, CancellationToken cancellationToken = default) => ControlAsync(workspace, "cont", cancellationToken);

    /// <summary>Whether a workspace is running, paused, busy or stopped.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="cancellationToken">Cancels the wait for the machine's answer.</param>
    /// <returns>Its state.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="workspace"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceNotFound"/>: it was deleted meanwhile.</exception>
    public virtual async Task<WorkspaceState> StateAsync(Workspace workspace, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        if (!workspace.InUse)
        {
            return WorkspaceState.Stopped;
        }

        try
        {
            using var qmp = await Qmp.ConnectAsync(workspace.Folder, QemuArguments.ControlName, cancellationToken).ConfigureAwait(false);
            return await VirtualMachine.IsPausedAsync(qmp, cancellationToken).ConfigureAwait(false) ? WorkspaceState.Paused : WorkspaceState.Running;
        }
        catch (LoamException)
        {
            return workspace.InUse ? WorkspaceState.Busy : WorkspaceState.Stopped;
        }
    }

    private static async Task ControlAsync(Workspace workspace, string command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        RequireRunning(workspace);
        using var qmp = await Qmp.ConnectAsync(workspace.Folder, QemuArguments.ControlName, cancellationToken).ConfigureAwait(false);
        await qmp.RunAsync(command, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Boots a workspace, uses it, and halts it.</summary>
    private async Task<int> UseAsync(Workspace workspace, FileLock held, Func<VirtualMachine, Task<int>> use, CancellationToken cancellationToken)
    {
        using var machine = await StartAsync(workspace, held, detached: false, cancellationToken).ConfigureAwait(false);
        try
        {
            int code;
            try
            {
                code = await use(machine).ConfigureAwait(false);
            }
            catch (LoamException e) when (e.Code == ErrorCodes.GuestCommandInvalid)
            {
                // The guest is well: only what was asked of it is not.
                await HaltOwnAsync(machine, workspace, cancellationToken).ConfigureAwait(false);
                throw;
            }

            await HaltOwnAsync(machine, workspace, cancellationToken).ConfigureAwait(false);
            return code;
        }
        finally
        {
            await machine.KillAsync().ConfigureAwait(false);
            workspace.Run.Clear();
        }
    }

    private static async Task HaltOwnAsync(VirtualMachine machine, Workspace workspace, CancellationToken cancellationToken)
    {
        VirtualMachine.Order(workspace.Folder, "halt");
        await machine.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> ThrowAwayAsync(
        ImageRecord image, WorkspaceOptions options, Func<VirtualMachine, WorkspaceRecord, Task<int>> use, CancellationToken cancellationToken)
    {
        await _workspaces.SweepAsync(cancellationToken).ConfigureAwait(false);
        var (workspace, held) = await _workspaces.CreateThrowawayAsync(WorkspaceName.Generate(), image, options, cancellationToken).ConfigureAwait(false);
        using (held)
        {
            try
            {
                var spec = workspace.Record.MachineOf(workspace.Folder, image.OutputPath);
                using var machine = await StartAsync(workspace.Name, spec, held, detached: false, cancellationToken).ConfigureAwait(false);
                try
                {
                    return await use(machine, workspace.Record).ConfigureAwait(false);
                }
                finally
                {
                    await machine.KillAsync().ConfigureAwait(false);
                    LogEnd(workspace.Name);
                }
            }
            finally
            {
                await _workspaces.RemoveAsync(workspace, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static void RequireRunning(Workspace workspace)
    {
        if (!workspace.InUse)
        {
            throw workspace.Failure(ErrorCodes.WorkspaceNotRunning, $"workspace {workspace.Name} is not running");
        }
    }

    /// <summary>The machine's process, sure to be it: it works in the workspace's folder.</summary>
    private static System.Diagnostics.Process? FindMachine(Workspace workspace)
    {
        if (workspace.Run.Read() is not { } run)
        {
            return null;
        }

        try
        {
            var process = System.Diagnostics.Process.GetProcessById(run.Pid);
            if (new DirectoryInfo($"/proc/{run.Pid}/cwd").ResolveLinkTarget(returnFinalTarget: false)?.FullName is { } folder
                && File.Exists(Path.Combine(folder, Workspace.RecordName)) && Path.GetFileName(folder) == workspace.Name)
            {
                return process;
            }

            process.Dispose();
        }
        catch (Exception e) when (IoFailure.Is(e) || e is ArgumentException)
        {
            // It has just ended.
        }

        return null;
    }

    private static async Task<bool> StoppedAsync(Workspace workspace, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var end = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (workspace.InUse)
        {
            if (Environment.TickCount64 >= end)
            {
                return false;
            }

            await Task.Delay(PollEvery, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private static async Task<int> TalkAsync(
        VirtualMachine machine, GuestProgram program, GuestConversation conversation, CancellationToken cancellationToken)
    {
        using var session = await machine.BeginAsync(program.Script(), conversation.Kind, cancellationToken).ConfigureAwait(false);
        using var attached = conversation.Attach?.Invoke(session);
        return await session.CompleteAsync(conversation.Streams, cancellationToken).ConfigureAwait(false);
    }

    private Task<VirtualMachine> StartAsync(Workspace workspace, FileLock held, bool detached, CancellationToken cancellationToken) =>
        StartAsync(workspace.Name, workspace.Record.MachineOf(workspace.Folder, workspace.DiskPath), held, detached, cancellationToken);

    private async Task<VirtualMachine> StartAsync(string name, MachineSpec spec, FileLock held, bool detached, CancellationToken cancellationToken)
    {
        using var span = Instruments.Source.StartActivity("loam boot");
        span?.SetTag("loam.subject", name);
        var start = Stopwatch.GetTimestamp();
        var machine = await VirtualMachine.StartAsync(spec, held, Tools, detached, cancellationToken).ConfigureAwait(false);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Instruments.BootDuration.Record(seconds);
        LogStart(name, seconds);
        return machine;
    }

    [LoggerMessage(EventId = EventNumbers.MachineStarted, Level = LogLevel.Information, Message = "machine of {Workspace} is up after {Seconds:0.000} s")]
    private partial void LogStart(string workspace, double seconds);

    [LoggerMessage(EventId = EventNumbers.MachineEnded, Level = LogLevel.Information, Message = "machine of {Workspace} has ended")]
    private partial void LogEnd(string workspace);

    private static async Task SetUpAsync(VirtualMachine machine, Workspace workspace, CancellationToken cancellationToken)
    {
        if (workspace.Record.SetupDone || workspace.Record.Setup.Count == 0)
        {
            return;
        }

        foreach (var command in workspace.Record.Setup)
        {
            var program = workspace.Record.ProgramOf(["/bin/sh", "-c", command]) with { User = "0" };
            using var session = await machine.BeginAsync(program.Script(), SessionKind.Streams, cancellationToken).ConfigureAwait(false);
            using var error = new MemoryStream();
            var code = await session.CompleteAsync(new GuestStreams(null, Stream.Null, error), cancellationToken).ConfigureAwait(false);
            if (code != 0)
            {
                var said = System.Text.Encoding.UTF8.GetString(error.ToArray()).Trim();
                throw workspace.Failure(
                    ErrorCodes.SetupFailed,
                    $"the setup command \"{command}\" of workspace {workspace.Name} ended with {code}{(said.Length > 0 ? $": {said}" : "")}");
            }
        }

        workspace.Update(workspace.Record with { SetupDone = true });
    }
}

/// <summary>The state of a workspace.</summary>
public enum WorkspaceState
{
    /// <summary>Nothing uses its disk.</summary>
    Stopped,

    /// <summary>Its machine is running.</summary>
    Running,

    /// <summary>Its machine is paused.</summary>
    Paused,

    /// <summary>Its machine is starting or stopping, or a command has exclusive use of its disk.</summary>
    Busy,
}

/// <summary>A program's streams, and what is attached to its session, for example to send signals.</summary>
/// <param name="Streams">The streams.</param>
/// <param name="Attach">Called with the session once the program runs; what it returns is disposed when the program has ended. Null
/// for none.</param>
public sealed record GuestConversation(GuestStreams Streams, Func<GuestSession, IDisposable>? Attach = null)
{
    /// <summary>Streams, or a terminal.</summary>
    public SessionKind Kind => Streams.Terminal is null ? SessionKind.Streams : SessionKind.Terminal;
}
