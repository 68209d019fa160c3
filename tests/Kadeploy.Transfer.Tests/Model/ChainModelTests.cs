using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Kadeploy.Transfer.Tests.Model;

/// <summary>
/// All interleavings of up to two faults: nobody is fed in a loop, against the order or from two sides, nobody healthy is blamed, and whatever has
/// happened, everybody who can be helped can still get the image and end. KADEPLOY_CHAIN_MODEL=4 (receivers) asks for the full size.
/// </summary>
public sealed class ChainModelTests(ITestOutputHelper output)
{
    private static readonly int Receivers =
        int.TryParse(Environment.GetEnvironmentVariable("KADEPLOY_CHAIN_MODEL"), CultureInfo.InvariantCulture, out var n) ? Math.Clamp(n, 2, 5) : 0;

    private void Explore(int receivers, int faults, bool replans)
    {
        var model = new ChainModel(receivers + 1, replans);
        var firsts = Enumerable.Range(0, 1 << receivers).Select(late => late << 1).Where(late => int.PopCount(late) <= faults && (!replans || late == 0))
            .Select(late => model.First(faults, late));
        var exploration = new Exploration(model, 60_000_000);
        var watch = Stopwatch.StartNew();
        var wrong = exploration.Run(firsts, nobodyOut: faults == 0);
        output.WriteLine($"{receivers} receivers, {faults} faults{(replans ? ", plans replaced" : "")}: {exploration.Count} states, {exploration.Edges} moves, {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.True(wrong is null, wrong);
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
    public void NewPlanAndAFault_AnyMoments_AllHelpedGetTheImage() => Explore(Math.Max(2, Receivers), 2, true);
}
