using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kadeploy.Api;
using Kadeploy.Api.Audit;
using Kadeploy.Api.Broadcasts;
using Kadeploy.Api.Cache;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Environments;
using Kadeploy.Api.Exec;
using Kadeploy.Api.Nodes;
using Kadeploy.Api.Operations;
using Kadeploy.Api.Power;
using Kadeploy.Api.Uploads;
using Kadeploy.Api.Users;

namespace Kadeploy.Cli.Client;

/// <summary>The REST API, one method a call. Every refusal comes back as a value.</summary>
internal sealed class ControllerClient : IDisposable
{
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(30);

    // A piece of an image over a slow line; a deployment whose image file was touched, and is read again before it is accepted.
    private static readonly TimeSpan Slow = TimeSpan.FromMinutes(10);

    // The controller reads and hashes the whole image before it answers.
    private static readonly TimeSpan Registering = TimeSpan.FromHours(2);

    // A controller that is started again, after a crash or anew.
    private static readonly TimeSpan Restarting = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private static readonly SearchValues<char> NotPlain = SearchValues.Create("[]@!&^\n*");

    private readonly HttpClient _http;

    public ControllerClient(ClientSettings settings)
    {
        Settings = settings;
        _http = new HttpClient(Transport.Create(settings.Pin, shown => settings.RefusedCertificate = shown)) { BaseAddress = settings.Server, Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("kadeploy", ClientVersion));
        if (settings.Token is { } token)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public static string ClientVersion { get; } = typeof(ControllerClient).Assembly.GetName().Version?.ToString(3) ?? "0";

    public ClientSettings Settings { get; }

    /// <summary>Told what a person who waits would like to know.</summary>
    public Action<string> Notice { get; init; } = static _ => { };

    public Task<Answer<ControllerInfo>> InfoAsync(CancellationToken cancel) =>
        GetAsync(Routes.Info, ApiJson.Default.ControllerInfo, cancel);

    public Task<Answer<NodeList>> NodesAsync(string? set, CancellationToken cancel) =>
        GetAsync(set is null ? Routes.Nodes : $"{Routes.Nodes}?set={Escaped(set)}", ApiJson.Default.NodeList, cancel);

    /// <summary>Those of a set that this controller knows, and the names of the others.</summary>
    public Task<Answer<NodeList>> KnownNodesAsync(string set, CancellationToken cancel) =>
        GetAsync($"{Routes.Nodes}?set={Escaped(set)}&known=true", ApiJson.Default.NodeList, cancel);

    public Task<Answer<NodeInfo>> NodeAsync(string name, CancellationToken cancel) =>
        GetAsync($"{Routes.Nodes}/{Uri.EscapeDataString(name)}", ApiJson.Default.NodeInfo, cancel);

    public Task<Answer<NodeInfo>> AddNodeAsync(AddNode node, CancellationToken cancel) =>
        PostAsync(Routes.Nodes, node, ApiJson.Default.AddNode, ApiJson.Default.NodeInfo, Quick, cancel);

    public Task<Answer<NodeInfo>> AcceptNodeAsync(string waiting, AcceptNode node, CancellationToken cancel) =>
        PostAsync($"{Routes.Nodes}/{Uri.EscapeDataString(waiting)}/accept", node, ApiJson.Default.AcceptNode, ApiJson.Default.NodeInfo, Quick, cancel);

    public Task<Answer<NodeInfo>> ChangeNodeAsync(string name, ChangeNode change, CancellationToken cancel) =>
        SendAsync(HttpMethod.Patch, $"{Routes.Nodes}/{Uri.EscapeDataString(name)}", JsonContent.Create(change, ApiJson.Default.ChangeNode), ApiJson.Default.NodeInfo, Quick, cancel);

    public Task<Answer<Nothing>> DeleteNodeAsync(string name, CancellationToken cancel) =>
        SendAsync<Nothing>(HttpMethod.Delete, $"{Routes.Nodes}/{Uri.EscapeDataString(name)}", null, null, Quick, cancel);

    public Task<Answer<DeploymentStarted>> PowerAsync(PowerRequest request, CancellationToken cancel) =>
        StartAsync(Routes.Power, request, ApiJson.Default.PowerRequest, Quick, cancel);

    public Task<Answer<PlannedOperation>> PlanPowerAsync(PowerRequest request, CancellationToken cancel) =>
        PostAsync(Routes.Power + "/plan", request, ApiJson.Default.PowerRequest, ApiJson.Default.PlannedOperation, Quick, cancel);

    public Task<Answer<DeploymentStarted>> RebootAsync(StartReboot request, CancellationToken cancel) =>
        StartAsync(Routes.Reboots, request, ApiJson.Default.StartReboot, Quick, cancel);

    public Task<Answer<PlannedOperation>> PlanRebootAsync(StartReboot request, CancellationToken cancel) =>
        PostAsync(Routes.Reboots + "/plan", request, ApiJson.Default.StartReboot, ApiJson.Default.PlannedOperation, Quick, cancel);

    public Task<Answer<PlannedOperation>> PlanDeploymentAsync(StartDeployment request, CancellationToken cancel) =>
        PostAsync(Routes.Deployments + "/plan", request, ApiJson.Default.StartDeployment, ApiJson.Default.PlannedOperation, Slow, cancel);

    public Task<Answer<EnvironmentList>> EnvironmentsAsync(string? name, CancellationToken cancel) =>
        GetAsync(
            name is null ? Routes.Environments : $"{Routes.Environments}?name={Uri.EscapeDataString(name)}",
            ApiJson.Default.EnvironmentList,
            cancel);

    /// <summary>Registers an environment; <paramref name="progress"/> is told the bytes read and those of the image, 0 while unknown.</summary>
    public async Task<Answer<EnvironmentInfo>> AddEnvironmentAsync(AddEnvironment environment, Action<long, long> progress, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Relative(Routes.Environments)) { Content = JsonContent.Create(environment, ApiJson.Default.AddEnvironment) };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(RegistrationStep.MediaType));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Registering);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            if (!response.IsSuccessStatusCode)
                return await Refusals.ReadAsync(response, Settings, deadline.Token);
            // An older controller tells nothing on the way.
            if (response.StatusCode == HttpStatusCode.Created)
                return await response.Content.ReadFromJsonAsync(ApiJson.Default.EnvironmentInfo, deadline.Token) is { } whole ? whole : Refusals.NotUnderstood(Settings, "an empty body");
            using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(deadline.Token));
            while (await lines.ReadLineAsync(deadline.Token) is { } line)
                switch (JsonSerializer.Deserialize(line, ApiJson.Default.RegistrationStep))
                {
                    case { Environment: { } registered }:
                        return registered;
                    case { Problem: { } problem }:
                        return Refusals.Of(problem);
                    case { Done: { } done } step:
                        progress(done, step.Total ?? 0);
                        break;
                }
            return Refusals.NotUnderstood(Settings, "the answer ended early");
        }
        catch (JsonException e)
        {
            return Refusals.NotUnderstood(Settings, e.Message);
        }
        catch (Exception e) when (Refusals.FromTransport(e, Settings, Registering, cancel) is { } failure)
        {
            return failure;
        }
    }

    public Task<Answer<Nothing>> DeleteEnvironmentAsync(string owner, string name, int version, CancellationToken cancel) =>
        SendAsync<Nothing>(
            HttpMethod.Delete,
            $"{Routes.Environments}/{Uri.EscapeDataString(owner)}/{Uri.EscapeDataString(name)}?version={version}",
            null,
            null,
            Quick,
            cancel);

    public Task<Answer<DeploymentStarted>> DeployAsync(StartDeployment request, CancellationToken cancel) =>
        StartAsync(Routes.Deployments, request, ApiJson.Default.StartDeployment, Slow, cancel);

    public Task<Answer<DeploymentStarted>> RetryAsync(string id, RetryDeployment request, CancellationToken cancel) =>
        StartAsync($"{Routes.Deployments}/{Uri.EscapeDataString(id)}/retry", request, ApiJson.Default.RetryDeployment, Slow, cancel);

    public Task<Answer<PlannedOperation>> PlanRetryAsync(string id, RetryDeployment request, CancellationToken cancel) =>
        PostAsync($"{Routes.Deployments}/{Uri.EscapeDataString(id)}/retry/plan", request, ApiJson.Default.RetryDeployment, ApiJson.Default.PlannedOperation, Slow, cancel);

    public Task<Answer<DeploymentList>> DeploymentsAsync(bool deploymentsOnly, bool active, CancellationToken cancel)
    {
        var path = deploymentsOnly ? Routes.Deployments : Routes.Operations;
        return GetAsync(active ? path + "?active=true" : path, ApiJson.Default.DeploymentList, cancel);
    }

    public Task<Answer<BroadcastList>> BroadcastsAsync(bool active, CancellationToken cancel) =>
        GetAsync(active ? Routes.Broadcasts + "?active=true" : Routes.Broadcasts, ApiJson.Default.BroadcastList, cancel);

    public Task<Answer<UploadInfo>> UploadAsync(Stream content, CancellationToken cancel) =>
        SendAsync(HttpMethod.Post, Routes.Uploads, new StreamContent(content, 1 << 20), ApiJson.Default.UploadInfo, Registering, cancel);

    public Task<Answer<BroadcastStarted>> BroadcastAsync(StartBroadcast request, CancellationToken cancel) =>
        PostAsync(Routes.Broadcasts, request, ApiJson.Default.StartBroadcast, ApiJson.Default.BroadcastStarted, Registering, cancel);

    /// <summary>Runs a command; <paramref name="ended"/> is told of each node as it ends.</summary>
    public Task<Answer<Nothing>> ExecAsync(RunCommand request, Action<CommandResult> ended, CancellationToken cancel) =>
        LinesAsync(Routes.Exec, JsonContent.Create(request, ApiJson.Default.RunCommand), ended, cancel);

    /// <summary>Writes an upload into installed systems; <paramref name="ended"/> is told of each node as it ends.</summary>
    public Task<Answer<Nothing>> CopyAsync(StartCopy request, Action<CommandResult> ended, CancellationToken cancel) =>
        LinesAsync(Routes.Copies, JsonContent.Create(request, ApiJson.Default.StartCopy), ended, cancel);

    /// <summary>Opens a node's console; the caller disposes of it.</summary>
    public async Task<Answer<WebSocket>> ConsoleAsync(string node, bool force, CancellationToken cancel)
    {
        var path = $"{Routes.Nodes}/{Uri.EscapeDataString(node)}/console{(force ? "?force=true" : "")}";
        // A refused upgrade says no more than its status: what is in the way is asked first.
        if (!(await SendAsync<Nothing>(HttpMethod.Get, path, null, null, Quick, cancel)).TryGet(out _, out var failure) && failure.Reason != "upgrade-needed")
            return failure;
        var socket = new ClientWebSocket();
        if (Settings.Token is { } token)
            socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(15);
        try
        {
            var address = new UriBuilder(new Uri(Settings.Server, Relative(path))) { Scheme = Settings.Server.Scheme == "https" ? "wss" : "ws" };
            using var invoker = new HttpMessageInvoker(Transport.Create(Settings.Pin, shown => Settings.RefusedCertificate = shown));
            await socket.ConnectAsync(address.Uri, invoker, cancel);
            return socket;
        }
        catch (WebSocketException e)
        {
            socket.Dispose();
            return new Failure("console-refused", $"the console of {node} cannot be opened: {Output.Printable.Line(e.Message, 200)}");
        }
    }

    public Task<Answer<NodeToken>> MakeNodeTokenAsync(string name, CancellationToken cancel) =>
        SendAsync(HttpMethod.Post, $"{Routes.Nodes}/{Uri.EscapeDataString(name)}/token", null, ApiJson.Default.NodeToken, Quick, cancel);

    public Task<Answer<Nothing>> RevokeNodeTokenAsync(string name, CancellationToken cancel) =>
        SendAsync<Nothing>(HttpMethod.Delete, $"{Routes.Nodes}/{Uri.EscapeDataString(name)}/token", null, null, Quick, cancel);

    public Task<Answer<WhoAmI>> WhoAmIAsync(CancellationToken cancel) => GetAsync(Routes.Me, ApiJson.Default.WhoAmI, cancel);

    public Task<Answer<TokenCreated>> CreateTokenAsync(CreateToken request, CancellationToken cancel) =>
        PostAsync(Routes.Tokens, request, ApiJson.Default.CreateToken, ApiJson.Default.TokenCreated, Quick, cancel);

    public Task<Answer<TokenList>> TokensAsync(CancellationToken cancel) => GetAsync(Routes.Tokens, ApiJson.Default.TokenList, cancel);

    public Task<Answer<Nothing>> RevokeTokenAsync(string id, CancellationToken cancel) =>
        SendAsync<Nothing>(HttpMethod.Delete, $"{Routes.Tokens}/{Uri.EscapeDataString(id)}", null, null, Quick, cancel);

    public Task<Answer<RightList>> RightsAsync(string? user, CancellationToken cancel) =>
        GetAsync(user is null ? Routes.Rights : $"{Routes.Rights}?user={Uri.EscapeDataString(user)}", ApiJson.Default.RightList, cancel);

    public Task<Answer<RightInfo>> GrantRightAsync(GrantRight request, CancellationToken cancel) =>
        PostAsync(Routes.Rights, request, ApiJson.Default.GrantRight, ApiJson.Default.RightInfo, Quick, cancel);

    public Task<Answer<RightsRevoked>> RevokeRightsAsync(RevokeRight request, CancellationToken cancel) =>
        PostAsync(Routes.Rights + "/revoke", request, ApiJson.Default.RevokeRight, ApiJson.Default.RightsRevoked, Quick, cancel);

    /// <param name="query">Filters, from the question mark on.</param>
    /// <param name="cancel">Gives up.</param>
    public Task<Answer<AuditList>> AuditAsync(string query, CancellationToken cancel) => GetAsync(Routes.Audit + query, ApiJson.Default.AuditList, cancel);

    /// <param name="query">Filters, from the question mark on; empty for none.</param>
    /// <param name="cancel">Gives up.</param>
    public Task<Answer<EnvironmentList>> FindEnvironmentsAsync(string query, CancellationToken cancel) =>
        GetAsync(Routes.Environments + query, ApiJson.Default.EnvironmentList, cancel);

    public Task<Answer<EnvironmentInfo>> ChangeEnvironmentAsync(string owner, string name, int version, ChangeEnvironment change, CancellationToken cancel) =>
        SendAsync(HttpMethod.Patch, EnvironmentPath(owner, name, "", version), JsonContent.Create(change, ApiJson.Default.ChangeEnvironment), ApiJson.Default.EnvironmentInfo, Quick, cancel);

    /// <summary>The description as YAML.</summary>
    public Task<Answer<string>> ExportEnvironmentAsync(string owner, string name, int version, CancellationToken cancel) =>
        TextAsync(EnvironmentPath(owner, name, "/description", version), Quick, cancel);

    public Task<Answer<ImageUpload>> StartImageUploadAsync(StartImageUpload upload, CancellationToken cancel) =>
        PostAsync(Routes.ImageUploads, upload, ApiJson.Default.StartImageUpload, ApiJson.Default.ImageUpload, Quick, cancel);

    public Task<Answer<ImageUpload>> ImageUploadAsync(string id, CancellationToken cancel) =>
        GetAsync($"{Routes.ImageUploads}/{Uri.EscapeDataString(id)}", ApiJson.Default.ImageUpload, cancel);

    public Task<Answer<ImageUpload>> AppendImageUploadAsync(string id, long offset, ReadOnlyMemory<byte> piece, CancellationToken cancel) =>
        SendAsync(HttpMethod.Put, $"{Routes.ImageUploads}/{Uri.EscapeDataString(id)}?offset={offset}", new ReadOnlyMemoryContent(piece), ApiJson.Default.ImageUpload, Slow, cancel);

    public Task<Answer<CacheInfo>> CacheAsync(CancellationToken cancel) => GetAsync(Routes.Cache, ApiJson.Default.CacheInfo, cancel);

    public Task<Answer<CachePurged>> PurgeCacheAsync(PurgeCache request, CancellationToken cancel) =>
        PostAsync(Routes.Cache + "/purge", request, ApiJson.Default.PurgeCache, ApiJson.Default.CachePurged, Quick, cancel);

    /// <param name="below">Which: nothing, <c>/steps</c> or <c>/failures</c>.</param>
    /// <param name="query">Filters and format, without the question mark.</param>
    /// <param name="cancel">Gives up.</param>
    public Task<Answer<string>> StatisticsAsync(string below, string query, CancellationToken cancel) => TextAsync($"{Routes.Statistics}{below}?{query}", Slow, cancel);

    /// <summary>A deployment or broadcast by its path.</summary>
    public Task<Answer<T>> OperationAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel)
        where T : class => GetAsync(path, type, cancel);

    public Task<Answer<Nothing>> CancelAsync(string path, CancellationToken cancel) =>
        SendAsync<Nothing>(HttpMethod.Post, path + "/cancel", null, null, Quick, cancel);

    /// <summary>Opens the event stream of an operation after event <paramref name="after"/>; the caller disposes the response.</summary>
    public async Task<Answer<HttpResponseMessage>> EventsAsync(string path, long? after, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Relative(path + "/events"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (after is { } seq)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", seq.ToString(System.Globalization.CultureInfo.InvariantCulture));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Quick);
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            if (response.IsSuccessStatusCode)
                return response;
            using (response)
                return await Refusals.ReadAsync(response, Settings, deadline.Token);
        }
        catch (Exception e) when (Refusals.FromTransport(e, Settings, Quick, cancel) is { } failure)
        {
            return failure;
        }
    }

    public void Dispose() => _http.Dispose();

    // It lasts as long as the slowest node, for which the controller keeps the time.
    private async Task<Answer<Nothing>> LinesAsync(string path, HttpContent body, Action<CommandResult> ended, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Relative(path)) { Content = body };
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (!response.IsSuccessStatusCode)
                return await Refusals.ReadAsync(response, Settings, cancel);
            using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancel));
            while (await lines.ReadLineAsync(cancel) is { } line)
                if (JsonSerializer.Deserialize(line, ApiJson.Default.CommandResult) is { } result)
                    ended(result);
            return Nothing.Value;
        }
        catch (JsonException e)
        {
            return Refusals.NotUnderstood(Settings, e.Message);
        }
        catch (Exception e) when (Refusals.FromTransport(e, Settings, Timeout.InfiniteTimeSpan, cancel) is { } failure)
        {
            return failure;
        }
    }

    private async Task<Answer<string>> TextAsync(string path, TimeSpan limit, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(limit);
        try
        {
            using var response = await _http.GetAsync(Relative(path), deadline.Token);
            return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync(deadline.Token) : await Refusals.ReadAsync(response, Settings, deadline.Token);
        }
        catch (Exception e) when (Refusals.FromTransport(e, Settings, limit, cancel) is { } failure)
        {
            return failure;
        }
    }

    private static string EnvironmentPath(string owner, string name, string below, int version) =>
        $"{Routes.Environments}/{Uri.EscapeDataString(owner)}/{Uri.EscapeDataString(name)}{below}?version={version}";

    // An address has not room for thousands of names: a plain list of them is folded.
    private static string Escaped(string set) => Uri.EscapeDataString(
        set.Length < 1000 || set.AsSpan().ContainsAny(NotPlain) ? set : Output.NodeNames.Fold(set.Split(',').Select(n => n.Trim()).Where(n => n.Length > 0)));

    private static Uri Relative(string path) => new(path.TrimStart('/'), UriKind.Relative);

    private Task<Answer<T>> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel)
        where T : class => SendAsync(HttpMethod.Get, path, null, type, Quick, cancel);

    private Task<Answer<TAnswer>> PostAsync<TBody, TAnswer>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, TimeSpan deadline, CancellationToken cancel)
        where TAnswer : class =>
        SendAsync(HttpMethod.Post, path, JsonContent.Create(body, bodyType), answerType, deadline, cancel);

    // Whether the operation was accepted before the connection was lost, nobody here can know: it is asked again, with a key by which the controller knows.
    private async Task<Answer<DeploymentStarted>> StartAsync<TBody>(string path, TBody body, JsonTypeInfo<TBody> bodyType, TimeSpan limit, CancellationToken cancel)
    {
        var key = Guid.NewGuid().ToString("D");
        for (long? lost = null; ; await Task.Delay(BetweenTries, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing))
        {
            var answer = await SendAsync(HttpMethod.Post, path, JsonContent.Create(body, bodyType), ApiJson.Default.DeploymentStarted, limit, cancel, key);
            if (answer.TryGet(out _, out var failure) || cancel.IsCancellationRequested)
                return answer;
            if (failure.Reason == "connection-lost" && lost is null)
            {
                lost = Stopwatch.GetTimestamp();
                Notice($"the connection to {Settings.Server} was lost before it had answered: asking again for {Restarting.TotalSeconds:0} s; nothing is started twice");
            }
            var comesBack = failure.Reason is "connection-lost" or "controller-unreachable" or "stopping" or "idempotency-key-in-use";
            if (lost is not { } since || !comesBack || Stopwatch.GetElapsedTime(since) > Restarting)
                return answer;
        }
    }

    private async Task<Answer<T>> SendAsync<T>(
        HttpMethod method, string path, HttpContent? body, JsonTypeInfo<T>? type, TimeSpan limit, CancellationToken cancel, string? key = null)
        where T : class
    {
        using var request = new HttpRequestMessage(method, Relative(path)) { Content = body };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(limit);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            if (!response.IsSuccessStatusCode)
                return await Refusals.ReadAsync(response, Settings, deadline.Token);
            if (type is null)
                return Nothing.Value is T nothing ? nothing : throw new InvalidOperationException("A body without a type.");
            var value = response.StatusCode == HttpStatusCode.NoContent ? null : await response.Content.ReadFromJsonAsync(type, deadline.Token);
            return value is not null ? value : Refusals.NotUnderstood(Settings, "an empty body");
        }
        catch (JsonException e)
        {
            return Refusals.NotUnderstood(Settings, e.Message);
        }
        catch (Exception e) when (Refusals.FromTransport(e, Settings, limit, cancel) is { } failure)
        {
            return failure;
        }
    }
}
