using System.Globalization;

namespace Kadeploy.Deployments.Plans;

/// <summary>
/// The grammar of time limits; nothing is ever compiled or looked up (Kadeploy3 evaluated Ruby here).
/// <code>
/// sum     = product { ("+" | "-") product }
/// product = unary { ("*" | "/") unary }
/// unary   = "-" unary | value
/// value   = number | "n" | "(" sum ")" | name "(" sum { "," sum } ")"
/// name    = log | log2 | log10 | sqrt | ceil | min | max
/// </code>
/// </summary>
internal sealed class TimeFormula
{
    private const int LongestText = 200;
    private readonly string _text;
    private readonly double _n;
    private int _at;

    private TimeFormula(string text, int nodes)
    {
        _text = text;
        _n = nodes;
    }

    /// <summary>The value in seconds for <paramref name="nodes"/> nodes.</summary>
    /// <exception cref="FormatException">Not in the grammar; the message names the character.</exception>
    public static double Evaluate(string text, int nodes)
    {
        // Also the bound of the recursion below.
        if (text.Length > LongestText)
            throw new FormatException($"a time limit is longer than {LongestText} characters");
        var formula = new TimeFormula(text, nodes);
        var value = formula.Sum();
        return formula.Peek() == '\0' ? value : throw formula.Wrong("unexpected");
    }

    private double Sum()
    {
        var value = Product();
        while (true)
        {
            if (Take('+'))
                value += Product();
            else if (Take('-'))
                value -= Product();
            else
                return value;
        }
    }

    private double Product()
    {
        var value = Unary();
        while (true)
        {
            if (Take('*'))
                value *= Unary();
            else if (Take('/'))
                value /= Unary();
            else
                return value;
        }
    }

    private double Unary() => Take('-') ? -Unary() : Value();

    private double Value()
    {
        if (Take('('))
        {
            var value = Sum();
            Expect(')');
            return value;
        }

        var c = Peek();
        if (char.IsAsciiDigit(c))
            return Number();
        if (!char.IsAsciiLetter(c))
            throw Wrong("expected a number, n or a function, found");
        var start = _at;
        while (_at < _text.Length && char.IsAsciiLetterOrDigit(_text[_at]))
            _at++;
        var name = _text[start.._at];
        return name == "n" ? _n : Call(name, start);
    }

    private double Number()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] == '.'))
            _at++;
        return double.TryParse(_text.AsSpan(start, _at - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FormatException($"'{_text}': '{_text[start.._at]}' at character {start + 1} is not a number");
    }

    private double Call(string name, int start)
    {
        var unary = name switch
        {
            "log" => Math.Log,
            "log2" => Math.Log2,
            "log10" => Math.Log10,
            "sqrt" => Math.Sqrt,
            "ceil" => (Func<double, double>)Math.Ceiling,
            _ => null,
        };
        var binary = name switch { "min" => Math.Min, "max" => (Func<double, double, double>)Math.Max, _ => null };
        if (unary is null && binary is null)
            throw new FormatException($"'{_text}': unknown name '{name}' at character {start + 1}; known: n, log, log2, log10, sqrt, ceil, min, max");
        Expect('(');
        var value = unary is not null ? unary(Sum()) : Sum();
        while (binary is not null && Take(','))
            value = binary(value, Sum());
        Expect(')');
        return value;
    }

    private char Peek()
    {
        while (_at < _text.Length && _text[_at] == ' ')
            _at++;
        return _at < _text.Length ? _text[_at] : '\0';
    }

    private bool Take(char c)
    {
        if (Peek() != c)
            return false;
        _at++;
        return true;
    }

    private void Expect(char c)
    {
        if (!Take(c))
            throw Wrong($"expected '{c}', found");
    }

    private FormatException Wrong(string what) =>
        new($"'{_text}': {what} {(Peek() == '\0' ? "the end" : $"'{Peek()}'")} at character {_at + 1}");
}
