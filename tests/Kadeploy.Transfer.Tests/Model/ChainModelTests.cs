using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Kadeploy.Transfer.Tests.Model;

/// <summary>
/// All interleavings of up to two faults: nobody is fed in a loop, against the order or from two sides, nobody healthy is blamed, and whatever has
/// happened, everybody who can be helped can still get the image and end. KADEPLOY_CHAIN_MODEL=4 (receivers) asks for the full size; a new plan and a
/// fault together are then explored with one receiver less.
/// </summary>
public sealed class ChainModelTests(ITestOutputHelper output)
{
    private static readonly int Receivers =
        int.TryParse(Environment.GetEnvironmentVariable("KADEPLOY_CHAIN_MODEL"), CultureInfo.InvariantCulture, out var n) ? Math.Clamp(n, 2, 5) : 0;

    // What happens to one pair of members is explored apart from what happens to another: the same states in all, a tenth of the memory.
    private void Explore(int receivers, int faults, bool replans)
    {
        var members = receivers + 1;
        var count = Math.Min(faults - (replans ? 1 : 0), 2);
        var (states, watch) = (0L, Stopwatch.StartNew());
        foreach (var victims in Enumerable.Range(0, 1 << members).Where(v => int.PopCount(v) == count))
        {
            var model = new ChainModel(members, replans, victims);
            var firsts = Enumerable.Range(0, 1 << members).Where(late => (late & (victims & ~1)) == late && (!replans || late == 0))
                .Select(late => model.First(faults, late));
            var exploration = new Exploration(model, 200_000_000);
            var wrong = exploration.Run(firsts, nobodyOut: faults == 0);
            states += exploration.Count;
            output.WriteLine($"{receivers} receivers, {faults} faults{(replans ? ", plans replaced" : "")}, victims {victims:b}: {exploration.Count} states, {exploration.Edges} moves");
            Assert.True(wrong is null, wrong);
        }
        output.WriteLine($"{states} states, {watch.Elapsed.TotalSeconds:0.0} s");
    }

    [Fact]
    public void NoFault_EverybodyKeepsItsPlace() => Explore(Math.Max(4, Receivers), 0, false);

    [Fact]
    public void OneFault_AnyMoment_AllHelpedGetTheImage() => Explore(Math.Max(4, Receivers), 1, false);

    [Fact]
    public void TwoFaults_AnyMoments_AllHelpedGetTheImage() => Explore(Math.Max(3, Receivers), 2, false);

    [Fact]
    public void NewPlan_AnyMoment_AllHelpedGetTheImage() => Explore(Math.Max(3, Receivers), 1, true);

    [Fact]
    public void NewPlanAndAFault_AnyMoments_AllHelpedGetTheImage() => Explore(Math.Max(2, Receivers - 1), 2, true);
}
