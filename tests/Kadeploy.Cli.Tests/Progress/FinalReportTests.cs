using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Progress;

namespace Kadeploy.Cli.Tests.Progress;

public sealed class FinalReportTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);
    private static readonly DeploymentProof Proof = new("ab12", 1000, 1000, "disk", "boot-id");
    private static readonly FailureInfo TooSmall = new("send_environment", "disk", "disk-too-small", "needs 2 GB");

    [Fact]
    public void Promise_AllProven_SaysVerifiedAndNoneStuck() =>
        Assert.Equal("2 of 2 nodes, verified, in 1 min 30 s; none stuck", FinalReport.Promise(Of(Good("a"), Good("b"))));

    [Fact]
    public void Promise_OneNode_IsSingular() =>
        Assert.Equal("1 of 1 node, verified, in 1 min 30 s; none stuck", FinalReport.Promise(Of(Good("a"))));

    [Theory]
    [InlineData(null, 1000, "boot-id")]
    [InlineData("ab12", 0, "boot-id")]
    [InlineData("ab12", 1000, null)]
    public void Promise_ProofLacking_DoesNotSayVerified(string? sha256, long verified, string? bootId) => Assert.Equal(
        "2 of 2 nodes in 1 min 30 s; not verified, because no image digest or no boot id was reported: node-2; none stuck",
        FinalReport.Promise(Of(Good("node-1"), Good("node-2") with { Proof = Proof with { ImageSha256 = sha256, BytesVerified = verified, BootId = bootId } })));

    [Fact]
    public void Promise_NoneDeployed_DoesNotSayVerified() =>
        Assert.Equal("0 of 1 node in 1 min 30 s; here is why for the rest:", FinalReport.Promise(Of(Bad("a", TooSmall))));

    [Fact]
    public void Promise_StillRunning_SaysSo() =>
        Assert.StartsWith("1 of 2 nodes, verified, in 1 min 30 s; 1 still running", FinalReport.Promise(Of(Good("a"), new NodeProgress("b", NodeVerdict.Running))), StringComparison.Ordinal);

    [Fact]
    public void Write_SameFailureOnManyNodes_IsToldOnceWithTheNodesFolded()
    {
        using var output = new StringWriter { NewLine = "\n" };
        FinalReport.Write(output, Of(Bad("node-1", TooSmall), Bad("node-2", TooSmall), Bad("node-4", TooSmall), Bad("node-5", null)));
        Assert.EndsWith(
            """
            0 of 4 nodes in 1 min 30 s; here is why for the rest:
              node-[1-2,4]: disk-too-small in send_environment, by disk: needs 2 GB
              node-5: failed, no reason was reported

            """,
            output.ToString(),
            StringComparison.Ordinal);
    }

    private static NodeProgress Good(string node) => new(node, NodeVerdict.Deployed, Proof: Proof);

    private static NodeProgress Bad(string node, FailureInfo? failure) => new(node, NodeVerdict.Failed, Failure: failure);

    private static DeploymentInfo Of(params NodeProgress[] nodes) => new(
        "D-1",
        "admin",
        "e:1",
        "n",
        Start,
        DeploymentState.Done,
        new DeploymentCounts(
            nodes.Length,
            nodes.Count(n => n.Verdict == NodeVerdict.Deployed),
            nodes.Count(n => n.Verdict == NodeVerdict.Failed),
            nodes.Count(n => n.Verdict == NodeVerdict.Running)),
        nodes,
        Start.AddSeconds(90));
}
