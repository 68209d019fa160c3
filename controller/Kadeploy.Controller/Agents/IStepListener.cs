namespace Kadeploy.Controller.Agents;

/// <summary>Hears how a step goes at its agent. Called on the session's thread: quick, no blocking, no exception.</summary>
internal interface IStepListener
{
    void Progress(string activity, long done, long total);

    void Transfer(TransferSighting sighting);
}
