using Kadeploy.Cli.Client;
using Kadeploy.Cli.Progress;

namespace Kadeploy.Cli.Commands;

/// <summary>Who presses Ctrl-C while the controller is asked must not be left with an operation that runs and whose id nobody was told.</summary>
internal static class Starting
{
    /// <summary>Reason of the failure after the second Ctrl-C, of which all was said.</summary>
    public const string Interrupted = "interrupted";

    /// <summary>The controller's answer; the first Ctrl-C waits for it, the second gives it up with <see cref="Interrupted"/>.</summary>
    /// <param name="run">The command.</param>
    /// <param name="start">Asked of the controller.</param>
    /// <param name="interrupts">Of this process.</param>
    /// <param name="list">The command that shows what may have been started.</param>
    public static async Task<Answer<T>> AnsweredAsync<T>(Invocation run, Task<Answer<T>> start, Interrupts interrupts, string list)
        where T : class
    {
        using var stop = new CancellationTokenSource();
        var signal = interrupts.NextAsync(stop.Token);
        if (await Task.WhenAny(start, signal) == signal)
        {
            run.Terminal.Error.WriteLine("kadeploy: waiting for the controller to say what it started; again gives that up");
            var again = interrupts.NextAsync(stop.Token);
            if (await Task.WhenAny(start, again) == again)
            {
                run.Terminal.Error.WriteLine($"kadeploy: given up before the controller answered: it may have been started all the same; '{list}' shows it");
                return new Failure(Interrupted, "");
            }
        }

        await stop.CancelAsync();
        await interrupts.GiveBackAsync(signal);
        return await start;
    }
}
