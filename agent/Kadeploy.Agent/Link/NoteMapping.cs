using Kadeploy.Agent.Steps;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Agent.Link;

/// <summary>The border between what the outbox holds and agent.proto's messages.</summary>
internal static class NoteMapping
{
    public static AgentMessage Of(object note) => note switch
    {
        ProgressNote progress => new AgentMessage
        {
            Progress = new() { StepId = progress.StepId, Activity = progress.Activity, Done = progress.Done, Total = progress.Total },
        },
        ResultNote { Outcome: StepFailed failed } result => new AgentMessage
        {
            Result = new() { StepId = result.StepId, Failed = new() { Party = failed.Party, Reason = failed.Reason, Detail = failed.Detail } },
        },
        ResultNote { Outcome: StepDone done } result => new AgentMessage { Result = new() { StepId = result.StepId, Done = Of(done) } },
        StrangerNote stranger => new AgentMessage { Stranger = new() { Address = stranger.Address, Reason = stranger.Reason, Count = stranger.Count } },
        InventoryNote inventory => new AgentMessage { Inventory = HelloMapping.Of(inventory.Machine) },
        TransferSnapshot transfer => new AgentMessage { Transfer = Of(transfer) },
        _ => throw new ArgumentException($"nothing to be told: {note}", nameof(note)),
    };

    private static Done Of(StepDone done)
    {
        var message = new Done();
        foreach (var (name, value) in done.Facts)
            message.Facts[name] = value;
        return message;
    }

    private static TransferEvent Of(TransferSnapshot transfer)
    {
        var message = new TransferEvent
        {
            TransferId = transfer.TransferId,
            Received = transfer.Received,
            Verified = transfer.Verified,
            Written = transfer.Written,
            Total = transfer.Total,
            BytesPerSecond = transfer.BytesPerSecond,
            Buffered = transfer.Buffered,
            Predecessor = transfer.Predecessor,
            Successor = transfer.Successor,
        };
        message.Verdicts.AddRange(transfer.Verdicts);
        return message;
    }
}
