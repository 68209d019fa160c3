using Kadeploy.Api;
using Kadeploy.Api.Nodes;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Api;

/// <summary><c>/v1/nodes</c>: registered nodes and machines that wait to be.</summary>
internal sealed class NodeEndpoints(
    NodeStore nodes, MachineStore machines, AgentSessions sessions, DeploymentEngine engine, NodeTokenStore tokens, AgentSecretStore secrets,
    NodeSelection selection, ControllerConfiguration configuration)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Nodes, (string? set, bool? known, string? cursor, int? limit, NodeEndpoints it) => it.List(set, known ?? false, cursor, limit)).Describe("Nodes and waiting machines", ApiJson.Default.NodeList);
        routes.MapGet(Routes.Nodes + "/{name}", (string name, NodeEndpoints it) => it.Show(name)).Describe("One node", ApiJson.Default.NodeInfo);
        routes.MapPost(Routes.Nodes, (HttpContext http, NodeEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.AddNode, request => Task.FromResult(it.Add(request, http)))).AuditAs("node.add")
            .Describe("Register a machine", ApiJson.Default.NodeInfo, 201, ApiJson.Default.AddNode, """{"name":"node-4","macs":["52:54:00:12:34:56"],"address":"10.0.0.4","bmc":{"kind":"ipmi","host":"10.0.1.4","port":623,"user":"admin","password":"secret"}}""");
        routes.MapPatch(Routes.Nodes + "/{name}", (string name, HttpContext http, NodeEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.ChangeNode, change => Task.FromResult(it.Change(name, change, http)))).AuditAs("node.change")
            .Describe("Change a node; what is absent stays", ApiJson.Default.NodeInfo, 200, ApiJson.Default.ChangeNode, """{"cluster":"gpu","bmc":{"host":"10.0.1.9","password":"secret"},"attributes":{"rack":"12"}}""");
        routes.MapPost(Routes.Nodes + "/{name}/accept", (string name, HttpContext http, NodeEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.AcceptNode, request => it.AcceptAsync(name, request, http))).AuditAs("node.accept")
            .Describe("Make a waiting machine a node", ApiJson.Default.NodeInfo, 200, ApiJson.Default.AcceptNode, """{"name":"node-4","address":"10.0.0.4"}""");
        routes.MapPost(Routes.Nodes + "/{name}/token", (string name, HttpContext http, NodeEndpoints it) =>
            Access.Administrator(http, "make tokens of nodes") ?? it.MakeToken(name)).AuditAs("node.token").WithMetadata(ShownOnce.It).Describe("Make a node's token", ApiJson.Default.NodeToken, 201);
        routes.MapDelete(Routes.Nodes + "/{name}/token", (string name, HttpContext http, NodeEndpoints it) =>
            Access.Administrator(http, "revoke tokens of nodes") ?? it.RevokeToken(name)).AuditAs("node.token.revoke").Describe("Revoke a node's token");
        routes.MapDelete(Routes.Nodes + "/{name}", (string name, HttpContext http, NodeEndpoints it) => it.Delete(name, http)).AuditAs("node.delete").Describe("Forget a node");
    }

    private IResult List(string? set, bool known, string? cursor, int? limit)
    {
        if (Page.Problem(limit) is { } bad)
            return bad;
        var waiting = machines.Waiting().Select(it => ApiMapping.ToContract(it, sessions.Find(it.Mac))).ToDictionary(node => node.Name);
        var all = waiting.Count == 0 ? nodes.Names() : [.. nodes.Names().Concat(waiting.Keys).Order(NodeNameComparer.Instance)];
        IReadOnlyList<string>? strange = null;
        if (set is not null)
        {
            if (!NodeSet.TryParse(set, selection.Scope(), out var names, out var error))
                return Problems.Result(422, "bad-node-set", "The node set cannot be read", error!.Point(set), "set");
            var unknown = names.Except(all).ToList();
            if (unknown.Count > 0 && !known)
                return Problems.UnknownNodes(unknown);
            strange = known ? unknown : null;
            all = [.. all.Intersect(names)];
        }
        // Thousands of nodes are described only when they are shown.
        var (page, next) = Page.Cut(all, name => name, limit, cursor);
        var registered = nodes.Find(page.Where(name => !waiting.ContainsKey(name)));
        var seen = machines.Find(registered.Values.SelectMany(node => node.Node.Macs));
        var described = page.Select(name => waiting.GetValueOrDefault(name) ?? (registered.TryGetValue(name, out var node) ? Describe(node, seen.GetValueOrDefault) : null));
        return Results.Json(new NodeList([.. described.OfType<NodeInfo>()], strange, next), ApiJson.Default.NodeList);
    }

    private IResult Show(string name) => Describe(name) is { } info ? Results.Json(info, ApiJson.Default.NodeInfo) : Problems.UnknownNodes([name]);

    private IResult Add(AddNode request, HttpContext http)
    {
        http.About(request.Name);
        if (Access.Administrator(http, "register nodes") is { } refused)
            return refused;
        var (node, mistake) = NodeRequests.Check(request.Name, request.Macs, request.Address, request.Cluster, request.Bmc, request.Disk, request.Attributes);
        return mistake is not null
            ? Problems.BadField(mistake.Field, mistake.Message)
            : (nodes.Add(node!, request.Bmc?.Password) is { } taken
                ? Taken(node!, taken)
                : Results.Json(Describe(node!.Name)!, ApiJson.Default.NodeInfo, statusCode: 201));
    }

    private IResult Change(string name, ChangeNode change, HttpContext http)
    {
        http.About(name, NodeChanges.Names(change));
        if (Access.Administrator(http, "change nodes") is { } refused)
            return refused;
        if (nodes.Find(name) is not { Node: var node })
            return Problems.UnknownNodes([name]);
        if (configuration.Nodes.Any(n => n.Node.Name == name))
            return Problems.Result(409, "node-in-file", "The node is in a file", $"{name} stands in {NodesFile.Name}, which would undo it: change it there, then reload kadeployd", nodes: [name]);
        if (engine.OwnerOf(name) is { } busy)
            return Busy(name, busy);
        var (changed, password, mistake) = NodeChanges.Apply(node, nodes.BmcPassword(name), change);
        if (mistake is not null)
            return Problems.BadField(mistake.Field, mistake.Message);
        if (nodes.Declare([(changed!, password)]) is { } taken)
            return Taken(changed!, taken);
        // Who proved itself as this node by a MAC that is another machine's now is nobody.
        if (change.Macs is not null && sessions.OfNode(name) is { Identity.OnHost: false } session && !changed!.Macs.Contains(session.Mac))
            session.Close("the node has other MACs");
        return Results.Json(Describe(name)!, ApiJson.Default.NodeInfo);
    }

    private async Task<IResult> AcceptAsync(string name, AcceptNode request, HttpContext http)
    {
        http.About(request.Name, name);
        if (Access.Administrator(http, "accept machines") is { } refused)
            return refused;
        if (MacAddress.Normalise(name) is not { } mac || machines.Waiting().All(m => m.Mac != mac))
            return Problems.Result(404, "not-waiting", "No such machine waits", $"no machine {name} waits to be accepted; see 'kadeploy node list'", nodes: [name]);
        var (node, mistake) = NodeRequests.Check(request.Name, [mac], request.Address, request.Cluster, request.Bmc, request.Disk, request.Attributes);
        if (mistake is not null)
            return Problems.BadField(mistake.Field, mistake.Message);
        if (nodes.Add(node!, request.Bmc?.Password) is { } taken)
            return Taken(node!, taken);
        await sessions.AcceptAsync(mac, node!.Name, secrets.MakeAsync);
        return Results.Json(Describe(node.Name)!, ApiJson.Default.NodeInfo);
    }

    private static IResult Busy(string name, BusyNode busy) =>
        Problems.Result(409, "node-busy", "Node is being deployed", $"{name} belongs to {busy.Deployment}: cancel it first", nodes: [name]);

    private static IResult Taken(Node node, string taken) =>
        Problems.Result(409, "node-exists", "Taken", $"{taken} is already registered", nodes: [node.Name]);

    private IResult MakeToken(string name)
    {
        if (nodes.Find(name) is null)
            return Problems.UnknownNodes([name]);
        var token = tokens.Make(name);
        CloseHost(name, "the node has a new token");
        return Results.Json(new NodeToken(name, token), ApiJson.Default.NodeToken, statusCode: 201);
    }

    private IResult RevokeToken(string name)
    {
        if (nodes.Find(name) is null)
            return Problems.UnknownNodes([name]);
        if (!tokens.Revoke(name))
            return Problems.Result(404, "no-token", "No token", $"{name} has no token", nodes: [name]);
        CloseHost(name, "the node's token was revoked");
        return Results.NoContent();
    }

    private void CloseHost(string name, string why)
    {
        if (sessions.OfNode(name) is { Identity.OnHost: true } session)
            session.Close(why);
    }

    private IResult Delete(string name, HttpContext http)
    {
        if (Access.Administrator(http, "delete nodes") is { } refused)
            return refused;
        if (MacAddress.Normalise(name) is { } mac && nodes.FindByMac(mac) is null && machines.Forget(mac))
            return Results.NoContent();
        if (nodes.Find(name) is null)
            return Problems.UnknownNodes([name]);
        if (engine.OwnerOf(name) is { } busy)
            return Busy(name, busy);
        nodes.Delete(name);
        sessions.OfNode(name)?.Close("the node was deleted");
        return Results.NoContent();
    }

    private NodeInfo? Describe(string name) =>
        nodes.Find(name) is { } stored ? Describe(stored, machines.Find)
        : MacAddress.Normalise(name) is { } mac && machines.Waiting().FirstOrDefault(m => m.Mac == mac) is { } waiting
            ? ApiMapping.ToContract(waiting, sessions.Find(waiting.Mac))
        : null;

    private NodeInfo Describe(StoredNode stored, Func<string, Machine?> find)
    {
        var machine = stored.Node.Macs.Select(find).OfType<Machine>().MaxBy(m => m.SeenAt);
        return ApiMapping.ToContract(stored, machine, sessions.OfNode(stored.Node.Name) ?? stored.Node.Macs.Select(sessions.Find).FirstOrDefault(s => s is not null), engine.OwnerOf(stored.Node.Name));
    }

}
