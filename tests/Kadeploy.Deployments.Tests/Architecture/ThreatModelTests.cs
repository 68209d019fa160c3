using System.Text.RegularExpressions;

namespace Kadeploy.Deployments.Tests.Architecture;

/// <summary>docs/threat-model.md promises by naming tests: all of them are there.</summary>
public sealed partial class ThreatModelTests
{
    [Fact]
    public void Document_TestsThatItNames_Exist()
    {
        var named = Named().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs/threat-model.md"))).Select(m => (Class: m.Groups[1].Value, Method: m.Groups[2].Value)).Distinct().ToList();
        Assert.True(named.Count > 30, $"only {named.Count} tests are named");
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .ToLookup(f => Path.GetFileNameWithoutExtension(f), File.ReadAllText);
        Assert.Equal([], named.Where(n => !sources[n.Class].Any(text => Regex.IsMatch(text, $@"\[(Fact|Theory)[^\n]*\](\s*\[[^\n]*\][^\n]*)*\s+public (async )?(Task|void) {Regex.Escape(n.Method)}\("))));
    }

    [Fact]
    public void Document_EveryRowThatDenies_NamesATest() =>
        Assert.Equal([], File.ReadLines(Path.Combine(Repository.Root, "docs/threat-model.md"))
            .SkipWhile(line => !line.StartsWith("## Who may", StringComparison.Ordinal)).TakeWhile(line => !line.StartsWith("## What plain", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal) && !line.Contains("| shown by |", StringComparison.Ordinal))
            .Where(line => !Named().IsMatch(line)));

    [GeneratedRegex(@"`([A-Z]\w*Tests)\.(\w+)`")]
    private static partial Regex Named();
}
