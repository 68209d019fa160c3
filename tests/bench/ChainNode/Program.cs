using System.Globalization;
using System.Net;

namespace Kadeploy.ChainNode;

/// <summary>
/// <code>
/// chain-node plan IMAGE PLAN ADDRESS:PORT...           writes the plan of a transfer; the first address is the head's
/// chain-node rekey PLAN OTHER                          writes the plan with another key: that of a foreign process
/// chain-node head PLAN IMAGE [LINGER_SECONDS [PORT]]   runs member 0
/// chain-node node PLAN INDEX OUT [PORT]                runs a receiver; OUT a path, or "-" to throw the bytes away
/// </code>
/// PORT: where it listens, when the plan's is another's that passes on to it.
/// Events and the outcome go to stdout, one line each. Exit code 0 only for success.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["plan", var image, var path, .. var addresses]:
                var members = addresses.Select((a, i) => new ChainMemberOf(i, a).Member);
                await File.WriteAllBytesAsync(path, (TransferPlan.Create(Manifest.Compute(image), members, Tunables.FromEnvironment()) with { Sealed = Tunables.Sealed }).ToBytes());
                return 0;
            case ["rekey", var from, var to]:
                await File.WriteAllBytesAsync(to, (TransferPlan.FromBytes(await File.ReadAllBytesAsync(from)) with { Key = TransferPlan.NewKey() }).ToBytes());
                return 0;
            case ["head", var path, var image, .. var rest]:
                return await Head(TransferPlan.FromBytes(await File.ReadAllBytesAsync(path)), image, rest);
            case ["node", var path, var index, var target, .. var rest]:
                return await Node(TransferPlan.FromBytes(await File.ReadAllBytesAsync(path)), int.Parse(index, CultureInfo.InvariantCulture), target, rest);
            default:
                await Console.Error.WriteLineAsync("usage: chain-node plan|head|node ...");
                return 2;
        }
    }

    private static async Task<int> Head(TransferPlan plan, string image, string[] rest)
    {
        using var listener = Listen(plan, 0, rest.ElementAtOrDefault(1));
        using var source = new FileImageSource(image);
        var linger = TimeSpan.FromSeconds(rest.Length > 0 ? double.Parse(rest[0], CultureInfo.InvariantCulture) : 0);
        return Print(await new ChainHead(listener, plan, source, new PrintingObserver()).RunAsync(linger));
    }

    private static ChainListener Listen(TransferPlan plan, int index, string? port) =>
        ChainListener.Start(new IPEndPoint(IPAddress.Any, port is null ? plan.Members[index].EndPoint.Port : int.Parse(port, CultureInfo.InvariantCulture)));

    private static async Task<int> Node(TransferPlan plan, int index, string target, string[] rest)
    {
        using var listener = Listen(plan, index, rest.ElementAtOrDefault(0));
        using ISink sink = target == "-" ? new NullSink() : new FileSink(target);
        return Print(await new ChainHop(listener, plan, plan.Members[index].Name, sink, new PrintingObserver()).RunAsync());
    }

    private static int Print(TransferResult result)
    {
        Console.WriteLine(result.Success
            ? $"done {result.BytesVerified} {result.Seconds:0.000} {result.Sha256} refetched {result.Refetched.Length}"
            : $"failed {result.Failure!.Party} {result.Failure.Reason}: {result.Failure.Detail}");
        return result.Success ? 0 : 1;
    }
}
