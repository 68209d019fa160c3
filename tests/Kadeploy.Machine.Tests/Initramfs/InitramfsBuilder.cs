using Kadeploy.Machine.Tests.Support;

namespace Kadeploy.Machine.Tests.Initramfs;

/// <summary>Runs build/initramfs with a stand-in for the agent: what is tested here does not depend on what /init does.</summary>
internal sealed class InitramfsBuilder : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    public InitramfsBuilder()
    {
        Agent = Folder.Write("agent", "#!/bin/sh\nexec sleep 1000\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Agent, (UnixFileMode)0b111_101_101);
    }

    public TemporaryFolder Folder { get; } = new();

    public string Agent { get; }

    public void Dispose() => Folder.Dispose();

    public Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => RunAsync(arguments, null);

    public Task<(int ExitCode, string Output, string Error)> RunAsync(string[] arguments, Dictionary<string, string>? environment) =>
        HostProgram.RunAsync(Deadline, [Path.Combine(Repository.Root, "build", "initramfs"), "--agent", Agent, .. arguments], environment);
}
