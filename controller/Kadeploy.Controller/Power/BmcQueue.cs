using Kadeploy.Controller.Configuration;

namespace Kadeploy.Controller.Power;

/// <summary>
/// Who may speak to one BMC: one at a time, in order of arrival, and no more often than the rate says. The rate is a bucket of turns that fills up
/// again over a minute: a reboot takes two turns at once without waiting, a script that asks for ever does not.
/// </summary>
internal sealed class BmcQueue(PowerConfiguration configuration, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private double _turns = configuration.Burst;
    private long _filled = time.GetTimestamp();

    /// <summary>Waits for the turn; what is returned ends it.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var perSecond = configuration.PerMinute / 60.0;
            var now = time.GetTimestamp();
            _turns = Math.Min(configuration.Burst, _turns + (time.GetElapsedTime(_filled, now).TotalSeconds * perSecond));
            _filled = now;
            if (_turns < 1)
                await Task.Delay(TimeSpan.FromSeconds((1 - _turns) / perSecond), time, cancellationToken);
            _turns--;
            return new Turn(_one);
        }
        catch
        {
            _one.Release();
            throw;
        }
    }

    public void Dispose() => _one.Dispose();

    private sealed class Turn(SemaphoreSlim one) : IDisposable
    {
        public void Dispose() => one.Release();
    }
}
