using System.Runtime.InteropServices;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Guest;

/// <summary>This program in front of a guest's: its streams are the guest program's, and the signals it gets are handed
/// on. Before there is a guest program, they stop the command.</summary>
internal sealed class Foreground : IDisposable
{
    private static readonly (PosixSignal Signal, string Name)[] Forwarded =
        [(PosixSignal.SIGINT, "INT"), (PosixSignal.SIGTERM, "TERM"), (PosixSignal.SIGHUP, "HUP"), (PosixSignal.SIGQUIT, "QUIT")];

    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly CancellationTokenSource _stop;
    private readonly bool _terminal = RawTerminal.IsThere;
    private GuestSession? _session;

    public Foreground(CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        foreach (var (signal, name) in Forwarded)
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                OnSignal(name);
            }));
        }

        if (_terminal && !OperatingSystem.IsWindows())
        {
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGWINCH, context => _ = _session?.ResizeAsync(RawTerminal.Size, CancellationToken.None)));
        }
    }

    /// <summary>Cancelled when a signal came before the guest's program ran.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>The program's streams: those of this one.</summary>
    public GuestConversation Conversation => new(
        new GuestStreams(DescriptorStream.Input, DescriptorStream.Output, DescriptorStream.Error, _terminal ? RawTerminal.Size : null),
        session =>
        {
            _session = session;
            return _terminal ? RawTerminal.Enter() : new Nothing();
        });

    public void Dispose()
    {
        _session = null;
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void OnSignal(string name)
    {
        if (_session is { } session)
        {
            _ = session.SignalAsync(name, CancellationToken.None);
        }
        else
        {
            _stop.Cancel();
        }
    }

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
