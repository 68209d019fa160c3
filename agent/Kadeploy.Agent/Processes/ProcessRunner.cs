using System.Text;
using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent.Processes;

/// <summary>
/// Runs other programs: argument lists, never a shell; a deadline; bounded output; the whole process group is killed at the end.
/// One thread per run, waiting in poll(2): the thread pool of a one-CPU node would take half a second to grow for three blocked readers.
/// </summary>
internal sealed class ProcessRunner
{
    /// <summary>Bytes kept of each of standard output and error, unless the request says more.</summary>
    public const int OutputLimit = 16 * 1024;

    private const int InputLimit = 32 * 1024;

    // How long a program's own children may still hold its pipes after it has ended, milliseconds.
    private const int DrainMilliseconds = 200;

    // All that a program gets of the environment unless its request says more.
    private readonly Dictionary<string, string> _environment = new()
    {
        ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
        ["HOME"] = "/root",
        ["LC_ALL"] = "C",
    };

    /// <summary>Ends when the program has; cancellation kills it first and then throws.</summary>
    public Task<ProcessResult> RunAsync(ProcessRequest request, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var completion = new TaskCompletionSource<ProcessResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                var result = Run(request, cancellation);
                if (cancellation.IsCancellationRequested)
                    completion.SetCanceled(cancellation);
                else
                    completion.SetResult(result);
            }
            catch (Exception exception)
            {
                completion.SetException(exception);
            }
        }, 256 * 1024)
        { IsBackground = true, Name = request.Name };
        thread.Start();
        return completion.Task;
    }

    /// <summary>The same, on the caller's thread.</summary>
    public ProcessResult Run(ProcessRequest request, CancellationToken cancellation = default)
    {
        if (Encoding.UTF8.GetByteCount(request.Input) > InputLimit)
            throw new ArgumentException("the input of a program must fit into its pipe", nameof(request));
        var started = Environment.TickCount64;
        var input = OpenInput(request.Input);
        var (output, outputEnd) = request.OutputFile is { } file ? (-1, OpenOutput(file)) : Descriptors.Pipe();
        var (error, errorEnd) = request.OutputFile is null ? Descriptors.Pipe() : (-1, outputEnd);
        var failure = Children.Start(
            request.Program, request.Arguments, EnvironmentOf(request), request.Folder,
            input, outputEnd, errorEnd, ownSession: false, out var process);
        Close(input, outputEnd);
        if (errorEnd != outputEnd)
            Close(errorEnd);
        if (failure != 0)
        {
            Close(output, error);
            return new ProcessResult(request, -1, "", Libc.Describe(failure), false);
        }
        return Attend(request, process, output, error, started + (long)request.Deadline.TotalMilliseconds, cancellation);
    }

    private static unsafe ProcessResult Attend(
        ProcessRequest request, int process, int output, int error, long deadline, CancellationToken cancellation)
    {
        var ended = Children.OpenProcess(process, 0);
        var kill = cancellation.Register(() => Children.Signal(-process, Children.Kill));
        var tails = new[] { new OutputTail(request.OutputLimit), new OutputTail(request.OutputLimit) };
        var buffer = stackalloc byte[8192];
        var waits = stackalloc Descriptors.PollRequest[3];
        waits[0] = new() { Descriptor = output, Events = Descriptors.PollIn };
        waits[1] = new() { Descriptor = error, Events = Descriptors.PollIn };
        waits[2] = new() { Descriptor = ended, Events = Descriptors.PollIn };
        var timedOut = false;
        long? drainUntil = null;
        while (waits[0].Descriptor >= 0 || waits[1].Descriptor >= 0 || drainUntil is null)
        {
            // Killed and not ended yet: nothing is left to do but to wait for the kernel.
            var left = timedOut && drainUntil is null ? -1
                : Math.Clamp((drainUntil ?? deadline) - Environment.TickCount64, 0, int.MaxValue);
            var ready = Descriptors.Poll(waits, 3, (int)left);
            if (ready < 0)
                continue;
            if (ready == 0)
            {
                if (drainUntil is not null)
                    break;
                timedOut = true;
                _ = Children.Signal(-process, Children.Kill);
                continue;
            }
            for (var i = 0; i < 2; i++)
                if (waits[i].Descriptor >= 0 && waits[i].Returned != 0)
                {
                    var count = Descriptors.Read(waits[i].Descriptor, buffer, 8192);
                    if (count > 0)
                        tails[i].Append(new ReadOnlySpan<byte>(buffer, (int)count));
                    else if (count == 0)
                        waits[i].Descriptor = -1;
                }
            if (waits[2].Descriptor >= 0 && waits[2].Returned != 0)
            {
                waits[2].Descriptor = -1;
                drainUntil = Environment.TickCount64 + DrainMilliseconds;
            }
        }
        // Before it is reaped: until then its id cannot belong to anyone else.
        kill.Dispose();
        if (!request.KeepDescendants)
            _ = Children.Signal(-process, Children.Kill);
        var exit = Children.Wait(process, out _, out var status) ? Children.ExitCode(status) : -1;
        Close(output, error, ended);
        return new ProcessResult(request, exit, tails[0].ToString(), tails[1].ToString(), timedOut);
    }

    private static unsafe int OpenInput(string text)
    {
        if (text.Length == 0)
            return Descriptors.Open("/dev/null", Descriptors.OpenRead | Descriptors.CloseOnExec, 0);
        var (read, write) = Descriptors.Pipe();
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
            _ = Descriptors.Write(write, start, (nuint)bytes.Length);
        _ = Descriptors.Close(write);
        return read;
    }

    private static int OpenOutput(string file) =>
        Descriptors.Open(file, Descriptors.OpenWrite | Descriptors.Create | Descriptors.Truncate | Descriptors.CloseOnExec, 0x180);

    private List<string> EnvironmentOf(ProcessRequest request)
    {
        var names = new Dictionary<string, string>(_environment);
        foreach (var (name, value) in request.Environment)
            names[name] = value;
        return [.. names.Select(pair => $"{pair.Key}={pair.Value}")];
    }

    private static void Close(params ReadOnlySpan<int> descriptors)
    {
        foreach (var descriptor in descriptors)
            if (descriptor >= 0)
                _ = Descriptors.Close(descriptor);
    }
}
