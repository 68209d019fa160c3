namespace Kadeploy.Agent.Steps;

/// <summary>Tells what a running step is doing. Only the latest counts: whoever listens may skip.</summary>
/// <param name="activity">For a person: "mkfs.ext4 /dev/vda3".</param>
/// <param name="done">Bytes, or 0 when the step has no measure.</param>
/// <param name="total">0 when unknown.</param>
internal delegate void StepProgress(string activity, ulong done = 0, ulong total = 0);
