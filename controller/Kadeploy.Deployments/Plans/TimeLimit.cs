using System.Globalization;

namespace Kadeploy.Deployments.Plans;

/// <summary>
/// How long something may take: a number of seconds, or a formula of the number of nodes <c>n</c> such as <c>200+150*log(n)</c>
/// (natural logarithm; grammar at <see cref="TimeFormula"/>).
/// </summary>
/// <param name="Formula">The text.</param>
public sealed record TimeLimit(string Formula)
{
    /// <summary>Nothing may take longer than this, whatever a formula gives.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>A fixed limit.</summary>
    public static TimeLimit Seconds(double seconds) => new(seconds.ToString(CultureInfo.InvariantCulture));

    /// <summary>The limit for a set of <paramref name="nodes"/> nodes, between nothing and <see cref="Longest"/>.</summary>
    /// <exception cref="FormatException">The formula is wrong; <see cref="Problem"/> says so beforehand.</exception>
    public TimeSpan For(int nodes)
    {
        var seconds = TimeFormula.Evaluate(Formula, nodes);
        return double.IsNaN(seconds) || seconds <= 0 ? TimeSpan.Zero
            : seconds >= Longest.TotalSeconds ? Longest
            : TimeSpan.FromSeconds(seconds);
    }

    /// <summary>What is wrong with the formula, or null.</summary>
    public string? Problem()
    {
        try
        {
            // A limit that is fine for one node but not for many would fail a deployment half way.
            foreach (var nodes in (int[])[1, 2, 100, 100_000])
            {
                var seconds = TimeFormula.Evaluate(Formula, nodes);
                if (!double.IsFinite(seconds) || seconds < 0)
                    return $"'{Formula}' gives {seconds.ToString(CultureInfo.InvariantCulture)} s for n={nodes}";
            }

            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => double.TryParse(Formula, CultureInfo.InvariantCulture, out _) ? Formula + " s" : $"({Formula}) s";
}
