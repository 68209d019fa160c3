using System.Globalization;
using Kadeploy.Api.Operations;
using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Input;

/// <summary>
/// Kadeploy3's --force-steps: <c>MACRO|INSTANCE:RETRIES:TIMEOUT,…&amp;MACRO|…</c>. The controller knows which names there are; here only the form is read.
/// </summary>
internal static class StepChoices
{
    public static Answer<Dictionary<string, IReadOnlyList<InstanceChoice>>> Read(string text)
    {
        var steps = new Dictionary<string, IReadOnlyList<InstanceChoice>>();
        foreach (var part in text.Split('&'))
        {
            var bar = part.IndexOf('|', StringComparison.Ordinal);
            if (bar <= 0)
                return Wrong(part, "MACRO|INSTANCE:RETRIES:TIMEOUT is expected");
            var instances = new List<InstanceChoice>();
            foreach (var instance in Split(part[(bar + 1)..], ','))
            {
                var fields = instance.Split(':');
                var retries = 0;
                if (fields.Length > 3 || fields[0].Length == 0 || (fields.Length > 1 && !int.TryParse(fields[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out retries)))
                    return Wrong(instance, "INSTANCE:RETRIES:TIMEOUT is expected, with RETRIES a number");
                // Kadeploy3's 0 is no limit.
                instances.Add(new InstanceChoice(fields[0], retries, fields.Length > 2 && fields[2] is not ("" or "0") ? fields[2] : null));
            }

            if (!steps.TryAdd(part[..bar], instances))
                return Wrong(part, "this macro-step is given twice");
        }

        return steps;
    }

    /// <summary>STEP=LIMIT, several times.</summary>
    public static Answer<Dictionary<string, string>> Timeouts(IReadOnlyList<string> given)
    {
        var timeouts = new Dictionary<string, string>();
        foreach (var one in given)
        {
            var at = one.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || at == one.Length - 1 || !timeouts.TryAdd(one[..at], one[(at + 1)..]))
                return Failure.Usage($"--timeout {one}: STEP=SECONDS or STEP=FORMULA is expected, each step once");
        }

        return timeouts;
    }

    // A formula has commas of its own, within parentheses.
    private static IEnumerable<string> Split(string text, char separator)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[i] != separator || depth > 0)
                continue;
            yield return text[start..i];
            start = i + 1;
        }

        yield return text[start..];
    }

    private static Failure Wrong(string part, string problem) => Failure.Usage($"--force-steps: '{part}': {problem}");
}
