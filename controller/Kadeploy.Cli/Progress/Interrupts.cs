using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Kadeploy.Cli.Progress;

/// <summary>Ctrl-C and SIGTERM as something to await, instead of the end of the process.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly Channel<PosixSignal> _signals = Channel.CreateBounded<PosixSignal>(
        new BoundedChannelOptions(4) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly PosixSignalRegistration[] _registrations;

    public Interrupts() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Take),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take),
    ];

    /// <summary>Completes with the next signal.</summary>
    public Task<PosixSignal> NextAsync(CancellationToken cancel) => _signals.Reader.ReadAsync(cancel).AsTask();

    /// <summary>A signal that was taken is for whoever asks next.</summary>
    public void PutBack(PosixSignal signal) => _signals.Writer.TryWrite(signal);

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void Take(PosixSignalContext context)
    {
        context.Cancel = true;
        _signals.Writer.TryWrite(context.Signal);
    }
}
