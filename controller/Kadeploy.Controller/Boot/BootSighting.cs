namespace Kadeploy.Controller.Boot;

/// <summary>The last thing seen of a booting machine.</summary>
/// <param name="Mac">The interface it boots from.</param>
/// <param name="What">For a person: <c>iPXE was told to boot the deployment environment</c>.</param>
/// <param name="At">When.</param>
internal sealed record BootSighting(string Mac, string What, DateTimeOffset At);
