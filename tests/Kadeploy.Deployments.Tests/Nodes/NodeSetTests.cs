using System.Diagnostics;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Deployments.Tests.Nodes;

public sealed class NodeSetTests
{
    [Theory]
    [InlineData("node-1", "node-1")]
    [InlineData("node-[1-3]", "node-1 node-2 node-3")]
    [InlineData("node-[1-3,07-12].site,other-1", "node-1.site node-2.site node-3.site node-07.site node-08.site node-09.site node-10.site node-11.site node-12.site other-1")]
    [InlineData("r[1-2]n[1-2]", "r1n1 r1n2 r2n1 r2n2")]
    [InlineData("n[0-10/5]", "n0 n5 n10")]
    [InlineData("n[0-11/5]", "n0 n5 n10")]
    [InlineData("n[08-10]", "n08 n09 n10")]
    [InlineData("n[098-101]", "n098 n099 n100 n101")]
    [InlineData("n[8-10]", "n8 n9 n10")]
    [InlineData(" a , b\n", "a b")]
    [InlineData("a,a,[1-2],1", "a 1 2")]
    [InlineData("10.0.0.[1-2]", "10.0.0.1 10.0.0.2")]
    [InlineData("[1-4,42,8-9]", "1 2 3 4 42 8 9")]
    [InlineData("52-54-00-aa-bb-cc", "52-54-00-aa-bb-cc")]
    public void Parse_Notation_GivesTheNames(string text, string names) => Assert.Equal(names.Split(' '), NodeSet.Parse(text));

    [Theory]
    [InlineData("", 0)]
    [InlineData("   ", 3)]
    [InlineData("a,", 2)]
    [InlineData("a,,b", 2)]
    [InlineData("a b", 2)]
    [InlineData("n[1-3", 1)]
    [InlineData("n[1-", 4)]
    [InlineData("n[]", 2)]
    [InlineData("n[1;2]", 3)]
    [InlineData("n[3-1]", 4)]
    [InlineData("n[1-03]", 4)]
    [InlineData("n[01-3]", 5)]
    [InlineData("n[1-3/0]", 6)]
    [InlineData("n1]", 2)]
    [InlineData("n[a-b]", 2)]
    [InlineData("n$", 1)]
    [InlineData("*", 0)]
    [InlineData("n[1-999999999]", 2)]
    [InlineData("n[1-1000]x[1-1000]", 10)]
    [InlineData("n[1-60000],m[1-60000]", 12)]
    [InlineData("n[1234567890123456789]", 2)]
    public void Parse_Wrong_PointsAtTheCharacter(string text, int position)
    {
        Assert.False(NodeSet.TryParse(text, out var names, out var error));
        Assert.Empty(names);
        Assert.Equal(position, error!.Position);
    }

    [Fact]
    public void Parse_Wrong_MessageShowsACaret()
    {
        var e = Assert.Throws<FormatException>(() => NodeSet.Parse("node-[3-1]"));
        Assert.Equal("the range ends (1) before it begins (3) at character 9:\n  node-[3-1]\n          ^", e.Message);
    }

    [Fact]
    public void Parse_NameOfThreeHundredCharacters_IsRefused() => Assert.False(NodeSet.TryParse(new('a', 300), out _, out _));

    [Theory]
    [InlineData("", "")]
    [InlineData("node-2 node-1 node-3", "node-[1-3]")]
    [InlineData("node-1 node-2", "node-[1-2]")]
    [InlineData("n1.a n1.b n2.a n2.b n3.a n3.b", "n[1-3].a,n[1-3].b")]
    [InlineData("r1n1 r1n2 r1n3 r2n1 r2n2 r2n3", "r[1-2]n[1-3]")]
    [InlineData("r1n1 r1n2 r2n1", "r1n[1-2],r2n1")]
    [InlineData("n8 n9 n10 n08 n09", "n[8,08,9,09-10]")]
    [InlineData("n07 n08 n09 n10", "n[07-10]")]
    [InlineData("alpha beta", "alpha,beta")]
    [InlineData("n12345678901234567890 n12345678901234567891", "n12345678901234567890,n12345678901234567891")]
    public void Fold_Names_GivesTheNotation(string names, string text) =>
        Assert.Equal(text, NodeSet.Fold(names.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public void Fold_ThenParse_GivesTheSameSet()
    {
        var random = new Random(20261121);
        string[] letters = ["n", "node-", "r", ".", "-", "_x", ""];
        for (var round = 0; round < 3000; round++)
        {
            var shapes = Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, 4)).ToArray();
            var names = Enumerable.Range(0, random.Next(1, 40)).Select(_ =>
                "h" + string.Concat(Enumerable.Range(0, shapes[random.Next(shapes.Length)]).Select(_ =>
                    letters[random.Next(letters.Length)] + random.Next(0, 15).ToString(random.Next(3) == 0 ? "000" : "0", null)))).ToHashSet();
            var text = NodeSet.Fold(names);
            Assert.True(NodeSet.TryParse(text, out var parsed, out var error), $"{text}: {error}");
            Assert.True(names.SetEquals(parsed), $"{text} is not {string.Join(' ', names)}");
            Assert.Equal(text, NodeSet.Fold(parsed));
        }
    }

    [Fact]
    public void ParseAndFold_TenThousandNodes_AreQuick()
    {
        var clock = Stopwatch.StartNew();
        var names = NodeSet.Parse("r[1-40]n[001-250].site");
        Assert.Equal(10_000, names.Count);
        Assert.Equal("r[1-40]n[001-250].site", NodeSet.Fold(names.Reverse()));
        // 60 ms here; the bound only catches what is quadratic.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"took {clock.Elapsed}");
    }

    [Fact]
    public void Comparer_Names_ByDomainThenNaturally()
    {
        string[] ordered = ["node-1", "node-2", "node-10", "node-010", "nodes", "a-2.lyon", "a-10.lyon", "b-1.lyon", "a-1.nancy"];
        Assert.Equal(ordered.Where(n => n != "node-010"), ordered.Where(n => n != "node-010").Reverse().Order(NodeNameComparer.Instance));
        Assert.Equal(["10.0.0.2", "10.0.0.10", "10.0.1.1"], new[] { "10.0.1.1", "10.0.0.10", "10.0.0.2" }.Order(NodeNameComparer.Instance));
        Assert.NotEqual(0, NodeNameComparer.Instance.Compare("n01", "n1"));
    }
}
