using Kadeploy.Controller.Agents;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Drivers;

/// <summary>Hands what an agent says about a step on to the engine.</summary>
internal sealed class StepListener(string node, IStepReport report) : IStepListener
{
    public void Progress(string activity, long done, long total) => report.Progress(node, activity, done, total);

    // Transfers have a listener of their own.
    public void Transfer(TransferSighting sighting)
    {
    }
}
