using System.Runtime.InteropServices;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Guest;

/// <summary>Runs in front of a guest's program: its streams are the guest program's, and signals are passed on to it. Before
/// the guest's program runs, signals stop the command.</summary>
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
            _registrations.Add(PosixSignalRegistration.Create(
                PosixSignal.SIGWINCH, context => _ = _session?.ResizeAsync(RawTerminal.Size, CancellationToken.None)));
        }
    }

    /// <summary>Cancelled by a signal that comes before the guest's program runs.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>This process's streams, for the guest's program.</summary>
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
