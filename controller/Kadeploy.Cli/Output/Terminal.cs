using System.Text.Json.Serialization.Metadata;
using Kadeploy.Cli.Client;
using Spectre.Console;

namespace Kadeploy.Cli.Output;

/// <summary>Where output goes: results to standard output, everything else to standard error.</summary>
internal sealed class Terminal
{
    private readonly bool _json;

    public Terminal(bool json) => _json = json;

    /// <summary>One of several that share a terminal: nobody is asked there, and nothing is drawn over.</summary>
    public Terminal(bool json, TextWriter output, TextWriter error)
        : this(json) => (Out, Error, IsLive, CanAsk) = (output, error, false, false);

    /// <summary>Results.</summary>
    public TextWriter Out { get; } = Console.Out;

    /// <summary>Errors, warnings, and what is no result.</summary>
    public TextWriter Error { get; } = Console.Error;

    /// <summary>Whether output goes to a terminal that can move its cursor.</summary>
    public bool IsLive { get; } = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>Whether a person can be asked.</summary>
    public bool CanAsk { get; } = !Console.IsInputRedirected && !Console.IsOutputRedirected;

    public IAnsiConsole Ansi { get; } = AnsiConsole.Console;

    /// <summary>Prints why the command failed, and gives the exit code.</summary>
    public int Fail(Failure failure)
    {
        if (_json)
            Error.WriteLine(JsonOutput.Text(failure.AsProblem(), JsonOutput.Indented.Problem));
        else
            Error.WriteLine("kadeploy: " + WithReason(failure));
        return ExitCode.Failure;
    }

    private static string WithReason(Failure failure)
    {
        if (failure.Reason == "usage")
            return failure.Message;
        var end = failure.Message.IndexOf('\n', StringComparison.Ordinal) is var at and >= 0 ? at : failure.Message.Length;
        return failure.Message.Insert(end, $" [{failure.Reason}]");
    }

    public void Warn(string message) => Error.WriteLine("kadeploy: warning: " + Printable.Line(message));

    public void Json<T>(T value, JsonTypeInfo<T> type) => Out.WriteLine(JsonOutput.Text(value, type));

    /// <summary>A question to be answered with y; anything else is no.</summary>
    public bool Confirm(string question)
    {
        Out.Write(question + " [y/N] ");
        Out.Flush();
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
