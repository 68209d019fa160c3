using Kadeploy.FleetAgents;

// build/bench fleet, sessions, exec
try
{
    switch (args)
    {
        case ["sessions", .. var rest]:
            Console.Write(await new SessionRun(FleetOptions.Parse(rest)).RunAsync(Console.Error.WriteLine));
            return 0;
        case ["exec", .. var rest]:
            Console.Write(await new ExecRun(FleetOptions.Parse(rest)).RunAsync(Console.Error.WriteLine));
            return 0;
    }
    var result = await new FleetRun(FleetOptions.Parse(args)).RunAsync(Console.Error.WriteLine);
    Console.Write(result);
    return result.Good ? 0 : 1;
}
catch (Exception e) when (e is ArgumentException or KeyNotFoundException or FormatException or InvalidOperationException or TimeoutException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
