using System.Threading.Channels;

namespace Kadeploy.Cli.Progress;

/// <summary>
/// Lines that a person types while something runs. A read from a terminal cannot be taken back: one thread reads for as long as the process lives, and
/// whoever waits for a line gets the next.
/// </summary>
internal sealed class TypedLines
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private bool _reads;

    /// <summary>The next line; null when there will be none.</summary>
    public async Task<string?> NextAsync(CancellationToken cancel)
    {
        Start();
        return await _lines.Reader.WaitToReadAsync(cancel) && _lines.Reader.TryRead(out var line) ? line : null;
    }

    /// <summary>Whether reading would stop the process: in the background of a shell the terminal is somebody else's.</summary>
    public static bool MayRead
    {
        get
        {
            // proc(5): pid (comm) state ppid pgrp session tty_nr tpgid, and comm may hold anything.
            var stat = File.ReadAllText("/proc/self/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[2] == fields[5];
        }
    }

    private void Start()
    {
        if (_reads)
            return;
        _reads = true;
        new Thread(() =>
        {
            while (Console.In.ReadLine() is { } line)
                _lines.Writer.TryWrite(line);
            _lines.Writer.Complete();
        })
        { IsBackground = true, Name = "typed lines" }.Start();
    }
}
