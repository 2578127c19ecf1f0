using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Loam.Machines.Machine;

/// <summary>A running QEMU. One that is not detached dies with this process, whatever way this ends
/// (prctl(2), <c>PR_SET_PDEATHSIG</c>, set by setpriv(1)).</summary>
internal sealed class QemuProcess : IDisposable
{
    private const string ErrorsName = "qemu.log";
    private const int TailBytes = 4096;

    // A session of its own, so that a terminal's Ctrl-C goes to the guest's program and not to the machine.
    private const string Attached = $"exec setsid setpriv --pdeathsig KILL -- \"$0\" \"$@\" </dev/null >{ErrorsName} 2>&1";
    private const string Detached = $"exec setsid \"$0\" \"$@\" </dev/null >{ErrorsName} 2>&1";

    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _folder;
    private readonly bool _detached;
    private Process? _process;

    private QemuProcess(string folder, bool detached)
    {
        _folder = folder;
        _detached = detached;
    }

    /// <summary>Ends when it has ended.</summary>
    public Task Exited => _exited.Task;

    /// <summary>Its process.</summary>
    public int Id { get; private set; }

    /// <exception cref="LoamException"><see cref="ErrorCodes.QemuUnusable"/>.</exception>
    public static QemuProcess Start(string program, IReadOnlyList<string> arguments, string folder, bool detached)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", detached ? Detached : Attached, program, .. arguments])
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
        };
        var qemu = new QemuProcess(folder, detached);
        using var started = new ManualResetEventSlim();
        Exception? failure = null;

        // The signal comes when the thread ends that started the process, so that thread stays as long as the machine.
        var thread = new Thread(() =>
        {
            try
            {
                qemu._process = Process.Start(start)!;
                qemu.Id = qemu._process.Id;
            }
            catch (Win32Exception e)
            {
                failure = e;
            }

            started.Set();
            if (failure is null)
            {
                qemu._process!.WaitForExit();
                qemu._exited.TrySetResult();
            }
        })
        {
            IsBackground = true,
            Name = "machine",
        };
        thread.Start();
        started.Wait();
        return failure is null ? qemu : throw new LoamException(ErrorCodes.QemuUnusable, $"{program} cannot be run: {failure.Message}", failure);
    }

    /// <summary>What QEMU said before it ended, in one line.</summary>
    public string Complaint()
    {
        var said = ReadTail(Path.Combine(_folder, ErrorsName)).ReplaceLineEndings(" ").Trim();
        return said.Length > 0 ? said : "it ended without a message";
    }

    /// <summary>The end of a log.</summary>
    public static string ReadTail(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Max(0, file.Length - TailBytes);
            using var reader = new StreamReader(file, Encoding.UTF8);
            return reader.ReadToEnd();
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Ends it at once.</summary>
    public async Task KillAsync()
    {
        if (!Exited.IsCompleted)
        {
            _process!.Kill();
        }

        await Exited.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_detached && !Exited.IsCompleted)
        {
            _process!.Kill();
            _process.WaitForExit();
        }
    }
}
