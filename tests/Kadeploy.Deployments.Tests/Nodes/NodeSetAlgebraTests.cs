using System.Diagnostics;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Deployments.Tests.Nodes;

public sealed class NodeSetAlgebraTests
{
    private static readonly Dictionary<string, string[]> Groups = new()
    {
        ["gpu"] = ["node-1", "node-3"],
        ["rack:1"] = ["node-1", "node-2"],
        ["rack:2"] = ["node-3"],
        ["*"] = ["node-1", "node-2", "node-3", "node-4"],
        ["nobody"] = [],
    };

    private static readonly NodeSetScope Scope = NodeSetScope.Of(["a-1.lyon", "a-2.lyon", "a-1.nancy", "b-1.lyon", "b-1", "10.0.0.1"], Groups.GetValueOrDefault);

    [Theory]
    [InlineData("n[1-5]!n[2-3]", "n1 n4 n5")]
    [InlineData("n[1-5]&n[4-9]", "n4 n5")]
    [InlineData("n[1-3]^n[3-5]", "n1 n2 n4 n5")]
    [InlineData("a,b!b,c", "a c")] // from left to right: c comes after b was taken away
    [InlineData("a,b,c&c,d", "c d")]
    [InlineData("n1 ! n1", "")]
    [InlineData("n[1-2]!n1\nn1", "n2 n1")] // lines are read each for itself
    [InlineData("a\nb\n\nc,\nd", "a b c d")]
    [InlineData("a!a,a", "a")]
    [InlineData("n1^n1,n1", "n1")]
    [InlineData("@gpu", "node-1 node-3")]
    [InlineData("@gpu,node-2", "node-1 node-3 node-2")]
    [InlineData("@*!@gpu", "node-2 node-4")]
    [InlineData("@gpu&@rack:1", "node-1")]
    [InlineData("@rack:[1-2]", "node-1 node-2 node-3")]
    [InlineData("@nobody", "")]
    [InlineData("a-2", "a-2.lyon")] // without doubt
    [InlineData("a-1", "a-1")] // two sites have one
    [InlineData("b-1", "b-1")] // there is one of exactly that name
    [InlineData("a-[2-3]", "a-2.lyon a-3")]
    [InlineData("a-2.lyon!a-2", "")]
    [InlineData("10", "10")]
    public void Parse_Operators_GiveWhatClusterShellGives(string text, string names)
    {
        Assert.True(NodeSet.TryParse(text, Scope, out var parsed, out var error), error?.Message);
        Assert.Equal(names.Split(' ', StringSplitOptions.RemoveEmptyEntries), parsed);
    }

    [Theory]
    [InlineData("@", 1)]
    [InlineData("@none", 0)]
    [InlineData("a,@none", 2)]
    [InlineData("@rack:[1-3]", 0)]
    [InlineData("a!", 2)]
    [InlineData("!a", 0)]
    [InlineData("a!!b", 2)]
    [InlineData("a&,b", 2)]
    [InlineData("a b", 2)]
    [InlineData("a@gpu", 1)]
    [InlineData("a\n]", 2)]
    [InlineData("rack:1", 4)]
    public void Parse_WrongOperators_PointAtTheCharacter(string text, int position)
    {
        Assert.False(NodeSet.TryParse(text, Scope, out var names, out var error));
        Assert.Empty(names);
        Assert.Equal(position, error!.Position);
    }

    [Fact]
    public void Candidates_ShortName_AreThoseItCouldMean() =>
        Assert.Equal(["a-1.lyon", "a-1.nancy"], NodeSetScope.Candidates("a-1", ["a-1.nancy", "a-1.lyon", "a-12.lyon"]));

    [Fact]
    public void Parse_RandomExpressions_AgreeWithSetsOfTheLibrary()
    {
        var random = new Random(6);
        for (var round = 0; round < 3000; round++)
        {
            var expected = new HashSet<string>();
            var text = "";
            foreach (var i in Enumerable.Range(0, random.Next(1, 6)))
            {
                var from = random.Next(0, 12);
                var to = from + random.Next(0, 6);
                var right = Enumerable.Range(from, to - from + 1).Select(n => $"n{n}");
                var how = i == 0 ? ',' : ",!&^"[random.Next(4)];
                switch (how)
                {
                    case ',': expected.UnionWith(right); break;
                    case '!': expected.ExceptWith(right); break;
                    case '&': expected.IntersectWith(right); break;
                    default: expected.SymmetricExceptWith(right); break;
                }

                text += (i == 0 ? "" : how.ToString()) + $"n[{from}-{to}]";
            }

            Assert.True(expected.SetEquals(NodeSet.Parse(text)), text);
        }
    }

    [Fact]
    public void Parse_AnyText_NeverThrowsAndPointsInside()
    {
        var random = new Random(66);
        const string Alphabet = "nab01239-[],!&^@:*/. \n\t_]#é\0";
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(0, 24)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            if (!NodeSet.TryParse(text, Scope, out _, out var error))
            {
                Assert.InRange(error!.Position, 0, text.Length);
                Assert.NotEmpty(error.Point(text));
            }
        }
    }

    [Theory]
    [InlineData("n[1-100000]", "!n1", 400_000)] // every operator costs what its right side is long
    [InlineData("n1", "!n[1-100000]", 150_000)] // and all of them together are bounded
    [InlineData("n1", "^n[1-100000]", 150_000)]
    [InlineData("n1", "\nn[1-100000]", 150_000)]
    public void Parse_HostileLength_EndsSoon(string start, string again, int times)
    {
        var clock = Stopwatch.StartNew();
        _ = NodeSet.TryParse(start + string.Concat(Enumerable.Repeat(again, times)), out _, out _);
        // Below one second here; the bound catches only what is quadratic, which would take minutes.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"took {clock.Elapsed}");
    }
}
