using Kadeploy.Deployments.Rights;

namespace Kadeploy.Deployments.Tests.Rights;

/// <summary>Kadeploy3's observed cases (its rights table), without the row of <c>*</c> that hid the others, and times.</summary>
public sealed class RightRulesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("n1", 3, "")]
    [InlineData("n1,n2", 3, "")]
    [InlineData("n1,n2", null, "")] // any right will do
    [InlineData("n2", 2, "n2")] // the wrong partition
    [InlineData("n1,n3", 3, "n3")]
    [InlineData("n1,n3", null, "n3")]
    [InlineData("n1", 0, "n1")] // the whole disk is more than a partition
    public void Missing_RightToPartition3_AllowsThatOnly(string nodes, int? partition, string missing) =>
        Assert.Equal(Split(missing), RightRules.Missing([Of("u", "n1,n2", 3)], Split(nodes), partition, Noon));

    [Fact]
    public void Missing_Everything_AllowsEverything()
    {
        Assert.Empty(RightRules.Missing([Of("u", "*", null)], ["x", "y"], 0, Noon));
        Assert.Empty(RightRules.Missing([Of("u", "n1", null)], ["n1"], 0, Noon));
        Assert.Equal(["n1"], RightRules.Missing([Of("u", "*", 3)], ["n1"], 4, Noon));
        Assert.Empty(RightRules.Missing([Of("u", "*", 3), Of("u", "n1", 4)], ["n1"], 4, Noon)); // Kadeploy3 hid the second
        Assert.Equal(["n1"], RightRules.Missing([], ["n1"], null, Noon));
    }

    [Theory]
    [InlineData(-1, 1, true)]
    [InlineData(0, 1, true)] // it begins now
    [InlineData(-1, 0, false)] // it ends now
    [InlineData(1, 2, false)]
    [InlineData(null, null, true)]
    public void HoldsAt_FromAndUntil_AreHalfOpen(int? from, int? until, bool holds) =>
        Assert.Equal(holds, Of("u", "n1", 3, from, until).HoldsAt(Noon));

    [Fact]
    public void Conflict_OtherUserSameNodeSameTime_IsInTheWay()
    {
        var mine = Of("me", "n1,n2", null, 0, 2);
        Assert.NotNull(RightRules.Conflict([Of("you", "n2,n3", 3, 1, 3)], mine));
        Assert.NotNull(RightRules.Conflict([Of("you", "*", null)], mine));
        Assert.Null(RightRules.Conflict([Of("you", "n2", null, 2, 3)], mine)); // after it
        Assert.Null(RightRules.Conflict([Of("you", "n3", null, 0, 2)], mine));
        Assert.Null(RightRules.Conflict([Of("me", "n1", null, 0, 2)], mine));
        Assert.Null(RightRules.Conflict([Of("you", "n1", 4, 0, 2)], Of("me", "n1", 3, 0, 2)));
    }

    [Fact]
    public void Without_PartOfIt_LeavesTheRestOrSaysItCannot()
    {
        var right = Of("u", "n1,n2,n3", null);
        Assert.Equal(["n1", "n3"], RightRules.Without(right, Set("n2"), null).Left!.Nodes!.Order());
        Assert.Null(RightRules.Without(right, Set("n1,n2,n3,n4"), null).Left);
        Assert.Null(RightRules.Without(right, null, null).Left);
        Assert.Same(right, RightRules.Without(right, Set("n9"), null).Left);
        Assert.True(RightRules.Without(right, Set("n1"), 3).Impossible);
        Assert.True(RightRules.Without(Of("u", "*", null), Set("n1"), null).Impossible);
        Assert.Null(RightRules.Without(Of("u", "n1", 3), Set("n1"), 3).Left);
        var other = Of("u", "n1", 4);
        Assert.Same(other, RightRules.Without(other, Set("n1"), 3).Left);
    }

    [Fact]
    public void Without_ThenMissing_ExactlyTheTakenNodesAreMissing()
    {
        var random = new Random(62);
        for (var round = 0; round < 500; round++)
        {
            var rights = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Of("u", string.Join(',', Some(random)), null)).ToList();
            var (taken, asked) = (Some(random).ToHashSet(), Some(random));
            var before = RightRules.Missing(rights, asked, 3, Noon).ToHashSet();
            var left = rights.Select(r => RightRules.Without(r, taken, null).Left).OfType<Right>();
            Assert.Equal(asked.Where(n => before.Contains(n) || taken.Contains(n)), RightRules.Missing(left, asked, 3, Noon));
        }
    }

    [Fact]
    public void Missing_TenThousandNodes_IsQuick()
    {
        var nodes = Enumerable.Range(0, 10_000).Select(i => $"n{i}").ToList();
        var rights = Enumerable.Range(0, 100).Select(r => Of("u", string.Join(',', nodes.Skip(r * 100).Take(100)), 3));
        Assert.Empty(RightRules.Missing(rights, nodes, 3, Noon));
    }

    [Fact]
    public void NextEnd_SeveralRights_IsTheFirstToCome() =>
        Assert.Equal(Noon.AddHours(1), RightRules.NextEnd([Of("a", "*", null, null, 2), Of("b", "*", null, null, 1), Of("c", "*", null, null, -1), Of("d", "*", null)], Noon));

    private static string[] Some(Random random) => [.. Enumerable.Range(0, 8).Where(_ => random.Next(2) == 0).Select(i => $"n{i}").DefaultIfEmpty("n0")];

    private static HashSet<string> Set(string names) => [.. Split(names)];

    private static string[] Split(string names) => names.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static Right Of(string user, string nodes, int? partition, int? from = null, int? until = null) => new(
        Guid.NewGuid().ToString(), user, nodes == "*" ? null : Set(nodes), partition, from is null ? null : Noon.AddHours(from.Value), until is null ? null : Noon.AddHours(until.Value), "admin", Noon);
}
