using System.Text;

namespace Kadeploy.Cli.Output;

/// <summary>Writes whole lines with a name before each, so that several at once can be told apart.</summary>
/// <param name="target">Where they go; also what they wait for each other by.</param>
/// <param name="prefix">The name.</param>
internal sealed class PrefixWriter(TextWriter target, string prefix) : TextWriter
{
    private readonly StringBuilder _line = new();

    public override Encoding Encoding => target.Encoding;

    public override void Write(char value)
    {
        lock (_line)
        {
            if (value != '\n')
            {
                _line.Append(value);
                return;
            }

            Put();
        }
    }

    /// <summary>Writes what is left without an end of line.</summary>
    protected override void Dispose(bool disposing)
    {
        lock (_line)
            if (disposing && _line.Length > 0)
                Put();
        base.Dispose(disposing);
    }

    private void Put()
    {
        lock (target)
            target.WriteLine($"{prefix}: {_line}");
        _line.Clear();
    }
}
