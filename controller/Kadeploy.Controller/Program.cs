using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Yaml;

namespace Kadeploy.Controller;

/// <summary>
/// kadeployd. 1: the arguments. 2: the configuration, refused with file, line and key. 3: the state directory, the database, the controller's key.
/// 4: everything is put together and served until SIGTERM; running deployments are continued by the next start.
/// </summary>
internal static class Program
{
    private const string Usage = "usage: kadeployd [--config DIR] [check]\n  --config DIR  folder of kadeployd.yaml, /etc/kadeploy unless given\n  check         read the configuration, say whether it is good, and end";

    public static async Task<int> Main(string[] args)
    {
        // 1
        var (directory, check) = (ConfigurationFile.DefaultDirectory, false);
        for (var i = 0; i < args.Length; i++)
            switch (args[i])
            {
                case "--config" when i + 1 < args.Length:
                    directory = args[++i];
                    break;
                case "check":
                    check = true;
                    break;
                case "--help" or "-h":
                    Console.WriteLine(Usage);
                    return ExitStatus.Good;
                default:
                    await Console.Error.WriteLineAsync($"kadeployd: unknown argument '{args[i]}'\n{Usage}");
                    return ExitStatus.Usage;
            }

        // 2
        ControllerConfiguration configuration;
        try
        {
            configuration = ConfigurationFile.Load(directory);
        }
        catch (YamlMistakeException e)
        {
            await Console.Error.WriteLineAsync($"kadeployd: {e.Mistake}");
            return ExitStatus.CannotStart;
        }
        foreach (var warning in configuration.Warnings)
            await Console.Error.WriteLineAsync($"kadeployd: warning: {warning}");
        if (check)
        {
            Console.WriteLine($"{Path.Combine(configuration.Directory, ConfigurationFile.Name)} is good; nodes reach the controller at {configuration.Address}; {configuration.Clusters.Count} clusters, {configuration.Nodes.Count} nodes in {NodesFile.Name}");
            return ExitStatus.Good;
        }

        try
        {
            // 3
            await using var host = await ControllerHost.CreateAsync(configuration, CancellationToken.None);

            // 4
            await host.RunAsync();
            return Environment.ExitCode;
        }
        catch (StartException e)
        {
            await Console.Error.WriteLineAsync($"kadeployd: {e.Message}");
            return ExitStatus.CannotStart;
        }
        catch (OperationCanceledException)
        {
            // Asked to stop (SIGTERM) before all was up.
            return ExitStatus.Good;
        }
    }
}
