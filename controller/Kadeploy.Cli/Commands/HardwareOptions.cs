using System.CommandLine;
using Kadeploy.Api.Nodes;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Input;

namespace Kadeploy.Cli.Commands;

/// <summary>Options that 'node add', 'node accept' and 'node set' share: address, cluster, BMC, disk, attributes.</summary>
internal sealed class HardwareOptions
{
    private readonly Option<string> _address = new("--address")
    {
        Description = "IP address or name of the node, for the deployment environment and the deployed system; else the node's name",
        HelpName = "ADDRESS",
    };

    private readonly Option<string> _cluster = new("--cluster") { Description = "Cluster whose settings apply; else 'default'", HelpName = "NAME" };

    private readonly Option<string> _bmc = new("--bmc")
    {
        Description = "How its power is controlled: ipmi://USER@HOST or redfish://USER@HOST, with :PORT where it is another",
        HelpName = "URL",
    };

    private readonly Option<string> _password = new("--bmc-password-file")
    {
        Description = "File whose first line is the BMC's password, - is standard input",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _disk = new("--disk")
    {
        Description = "Which disk may be written: /dev/disk/by-path/NAME, serial=TEXT, wwn=TEXT, min=500G; all given must match one disk. Else the only disk",
        HelpName = "HINT",
    };

    private readonly Option<string> _switch = new("--switch")
    {
        Description = "Switches that it hangs at, from the root of the network down: core/row-2/tor-14; the chain's order keeps what is together together",
        HelpName = "PATH",
    };

    private readonly Option<string[]> _attributes = new("--attribute") { Description = "Further attribute, for example rack=12 or site=lyon; may be repeated", HelpName = "NAME=VALUE" };

    public void AddTo(Command command)
    {
        command.Add(_address);
        command.Add(_cluster);
        command.Add(_bmc);
        command.Add(_password);
        command.Add(_disk);
        command.Add(_switch);
        command.Add(_attributes);
    }

    public Answer<AcceptNode> Read(Invocation invocation, string name)
    {
        BmcCredentials? bmc = null;
        if (invocation.Get(_bmc) is { } url)
        {
            if (!BmcOptions.Read(url, invocation.Get(_password)).TryGet(out bmc, out var wrong))
                return wrong;
        }
        else if (invocation.Get(_password) is not null)
        {
            return Failure.Usage("--bmc-password-file needs --bmc");
        }

        DiskHintInfo? disk = null;
        if (invocation.Get(_disk) is { Length: > 0 } hints && !DiskOptions.Read(hints).TryGet(out disk, out var failure))
            return failure;
        return Attributes(invocation).TryGet(out var attributes, out failure)
            ? new AcceptNode(name, invocation.Get(_address), invocation.Get(_cluster), bmc, disk, attributes.Count > 0 ? attributes : null)
            : failure;
    }

    /// <summary>What of a registered node is to change; what was not said stays.</summary>
    public Answer<ChangeNode> ReadChange(Invocation invocation)
    {
        ChangeBmc? bmc = null;
        var (url, password) = (invocation.Get(_bmc), invocation.Get(_password));
        if ((url ?? password) is not null && !BmcOptions.ReadChange(url, password).TryGet(out bmc, out var failure))
            return failure;
        DiskHintInfo? disk = null;
        if (invocation.Get(_disk) is { Length: > 0 } hints && !DiskOptions.Read(hints).TryGet(out disk, out failure))
            return failure;
        return Attributes(invocation).TryGet(out var attributes, out failure)
            ? new ChangeNode(null, invocation.Get(_address), invocation.Get(_cluster), bmc, disk, attributes.Count > 0 ? attributes : null)
            : failure;
    }

    private Answer<Dictionary<string, string>> Attributes(Invocation invocation)
    {
        var attributes = new Dictionary<string, string>();
        foreach (var given in (invocation.Get(_attributes) ?? []).Concat(invocation.Get(_switch) is { } path ? [$"switch={path}"] : []))
        {
            var equals = given.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !attributes.TryAdd(given[..equals], given[(equals + 1)..]))
                return Failure.Usage($"--attribute {given}: NAME=VALUE is expected, each name once");
        }

        return attributes;
    }
}
