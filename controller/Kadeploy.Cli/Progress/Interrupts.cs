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

    /// <summary>Whoever asked no longer waits, and has cancelled it: a signal that came all the same is for whoever asks next.</summary>
    public async Task GiveBackAsync(Task<PosixSignal> asked)
    {
        // It ends now in any case; that it has a signal may be known a moment later only.
        await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (asked.IsCompletedSuccessfully)
            _signals.Writer.TryWrite(await asked);
    }

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
