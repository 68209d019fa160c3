using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Nodes;
using Kadeploy.Api.Users;
using Kadeploy.FleetAgents;

namespace Kadeploy.Fleet.Tests;

/// <summary>
/// A whole deployment with the real kadeployd, kadeploy, ipmitool and ssh-keygen as processes (the machines and their Redfish BMCs are simulated): every secret
/// that was in play is looked for in every log line, event, answer of the API, profile, process argument and file that others can read.
/// </summary>
public sealed class SecretsTests
{
    private const string IpmiPassword = "ipmi-passw0rd-7Qx"; // at most 20 bytes
    private const string UserPassword = "user-password-9Kz";
    private const string WebhookSecret = "webhook-secret-4Bv";

    // htpasswd(1), SHA-512 crypt of the user's password: itself a secret, since it can be guessed against.
    private const string UserHash = "$6$saltsalt$";

    private static readonly Limits Limits = new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Nothing_that_others_can_read_holds_a_secret()
    {
        var folder = Directory.CreateTempSubdirectory("kadeploy-secrets-").FullName;
        var run = $"{folder}/run";
        WriteSecretFiles(folder);
        await using var controller = new ControllerProcess(
            Programs.Kadeployd, run, 26500, Limits,
            $$"""
            users: {passwordFile: {{folder}}/passwords, administrators: [root]}
            webhooks: [{url: "http://127.0.0.1:9/", secretFile: {{folder}}/webhook.secret}]
            ipmi: {timeoutSeconds: 2, retries: 0}
            """);
        controller.Variables["PATH"] = Shims(folder);
        await controller.StartAsync();
        var life = new Life(Fault.None, TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(0.3), TimeSpan.FromMilliseconds(30));
        await using var world = await FleetWorld.StartAsync([life, life, life with { Fault = Fault.DiskError }]);
        (world.Boot, world.Agents, world.Key) = (controller.Boot, controller.Agents, controller.Key);
        world.ImageSha256 = await controller.AddEnvironmentAsync();
        foreach (var node in world.Nodes)
            await controller.AddNodeAsync(node, world.RedfishPort);

        // What is handed out once, to who asked for it: not among the answers that are searched.
        var secrets = world.Nodes.Select(n => ("BMC password", n.Bmc.Password)).ToList();
        secrets.AddRange([("IPMI password", IpmiPassword), ("password", UserPassword), ("hash of a password", UserHash), ("webhook secret", WebhookSecret)]);
        secrets.Add(("administrator's token", (await File.ReadAllTextAsync(controller.TokenFile)).Trim()));
        secrets.Add(("user's token", (await PostAsync(controller, Routes.Tokens, JsonContent.Create(new CreateToken("bob"), ApiJson.Default.CreateToken))).GetProperty("token").GetString()!));
        secrets.Add(("node's token", (await PostAsync(controller, $"{Routes.Nodes}/node-1/token", null)).GetProperty("token").GetString()!));

        var heard = new Dictionary<string, string>();
        // A BMC over IPMI: the real ipmitool is started, and nobody answers.
        await PostAsync(controller, Routes.Nodes, JsonContent.Create(
            new AddNode("node-9", ["52:54:00:00:00:99"], "127.0.0.9", Bmc: new BmcCredentials("ipmi", "127.0.0.1", 9, "admin", IpmiPassword)), ApiJson.Default.AddNode));
        heard["kadeploy power"] = await KadeployAsync(controller, folder, "power", "status", "-m", "node-9");
        heard["kadeploy deploy"] = await KadeployAsync(controller, folder, "deploy", "-e", "fleet", "-m", "node-[1-3]");
        heard["kadeploy deploy --json"] = await KadeployAsync(controller, folder, "deploy", "-e", "fleet", "-m", "node-1", "--json");
        using (var wrong = new HttpRequestMessage(HttpMethod.Get, Routes.Nodes))
        {
            wrong.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"root:{UserPassword}x")));
            heard["refused"] = await (await controller.Http.SendAsync(wrong)).Content.ReadAsStringAsync();
        }
        foreach (var (path, text) in await EverythingAsync(controller))
            heard[path] = text;
        heard["profile of another machine"] = await TextAsync(new Uri(controller.Boot, "/node.ipxe?mac=02:00:00:00:00:01&platform=efi"));
        heard["initramfs"] = await TextAsync(new Uri(controller.Boot, "/initramfs"));
        var pid = controller.Process.Id;
        heard["arguments of kadeployd"] = await File.ReadAllTextAsync($"/proc/{pid}/cmdline");
        heard["environment of kadeployd"] = await File.ReadAllTextAsync($"/proc/{pid}/environ");
        // Its last words, and those of one that dies in the middle.
        await controller.KillAsync();
        heard["log of kadeployd"] = await File.ReadAllTextAsync($"{run}/kadeployd.log");
        heard["arguments of programs"] = await File.ReadAllTextAsync($"{folder}/arguments");
        secrets.AddRange(world.Secrets);
        secrets.AddRange(Directory.EnumerateFiles($"{run}/state", "*", SearchOption.AllDirectories).Where(f => f.EndsWith(".key", StringComparison.Ordinal) || f.EndsWith("/id_ed25519", StringComparison.Ordinal))
            .Select(f => ($"private key {Path.GetFileName(f)}", File.ReadLines(f).Skip(1).First())));

        Assert.Superset(
            new HashSet<string> { "boot token", "session secret", "transfer key", "report token", "private key controller.key", "private key api.key" }, secrets.Select(s => s.Item1).ToHashSet());
        Assert.Contains("ipmitool", heard["arguments of programs"], StringComparison.Ordinal);
        Assert.Contains("deployed", heard["kadeploy deploy"], StringComparison.OrdinalIgnoreCase);
        Assert.Equal([], Found(secrets, heard));
        Assert.Equal([], ReadableByOthers($"{run}/state"));
        Directory.Delete(folder, recursive: true);
    }

    private static void WriteSecretFiles(string folder)
    {
        File.WriteAllText($"{folder}/webhook.secret", WebhookSecret);
        File.WriteAllText($"{folder}/passwords", $"root:{UserHash}0000000000000000000000000000000000000000000000000000000000000000000000000000000000000.\n");
        File.SetUnixFileMode($"{folder}/passwords", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode($"{folder}/webhook.secret", UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>A PATH on which each program that kadeployd knows writes down its arguments before it is itself.</summary>
    private static string Shims(string folder)
    {
        Directory.CreateDirectory($"{folder}/shims");
        foreach (var program in new[] { "ipmitool", "ssh", "ssh-keygen" })
        {
            File.WriteAllText($"{folder}/shims/{program}", $"#!/bin/sh\necho {program} \"$@\" >>{folder}/arguments\nPATH={Environment.GetEnvironmentVariable("PATH")} exec {program} \"$@\"\n");
            File.SetUnixFileMode($"{folder}/shims/{program}", (UnixFileMode)0x1ed); // 0755
        }
        return $"{folder}/shims:{Environment.GetEnvironmentVariable("PATH")}";
    }

    /// <summary>Every answer to a GET that the description of the API names, with what there is put into its path; event streams to their end.</summary>
    private static async Task<Dictionary<string, string>> EverythingAsync(ControllerProcess controller)
    {
        var answers = new Dictionary<string, string>();
        var ids = (await GetAsync(Routes.Operations)).GetProperty("deployments").EnumerateArray().Select(d => d.GetProperty("id").GetString()!).ToList();
        Assert.NotEmpty(ids);
        var paths = (await GetAsync(Routes.OpenApi)).GetProperty("paths").EnumerateObject().Where(p => p.Value.TryGetProperty("get", out _)).Select(p => p.Name).ToList();
        foreach (var full in paths.SelectMany(path => Filled(path, ids)))
        {
            using var limit = new CancellationTokenSource(Patience);
            using var answer = await controller.Http.GetAsync(new Uri(full, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, limit.Token);
            answers[full] = $"{answer.Headers} {await answer.Content.ReadAsStringAsync(limit.Token)}";
        }
        Assert.Contains(answers, a => a.Key.EndsWith("/events", StringComparison.Ordinal) && a.Value.Contains("data:", StringComparison.Ordinal));
        Assert.Contains(answers, a => a.Key == Routes.Audit && a.Value.Contains("deployment.start", StringComparison.Ordinal));
        return answers;

        async Task<JsonElement> GetAsync(string path) => JsonDocument.Parse(await controller.Http.GetStringAsync(new Uri(path, UriKind.Relative))).RootElement;
    }

    /// <summary>A path with what there is put in for its names.</summary>
    private static IEnumerable<string> Filled(string path, IEnumerable<string> ids) =>
        path.Contains("{id}", StringComparison.Ordinal) ? ids.Select(id => path.Replace("{id}", id, StringComparison.Ordinal))
        : path.Contains("{owner}", StringComparison.Ordinal) ? [path.Replace("{owner}", "admin", StringComparison.Ordinal).Replace("{name}", "fleet", StringComparison.Ordinal)]
        : new[] { "node-1", "node-9" }.Select(node => path.Replace("{name}", node, StringComparison.Ordinal)).Distinct();

    private static async Task<JsonElement> PostAsync(ControllerProcess controller, string path, HttpContent? body)
    {
        using var answer = await controller.Http.PostAsync(new Uri(path, UriKind.Relative), body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<string> TextAsync(Uri address)
    {
        using var http = new HttpClient();
        return Encoding.Latin1.GetString(await http.GetByteArrayAsync(address));
    }

    /// <summary>Output, error and arguments of one call.</summary>
    private static async Task<string> KadeployAsync(ControllerProcess controller, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(Programs.Kadeploy, ["--server", controller.Api.ToString(), "--token-file", controller.TokenFile, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = folder;
        using var kadeploy = Process.Start(start)!;
        var (output, error) = (kadeploy.StandardOutput.ReadToEndAsync(), kadeploy.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(Patience);
        await kadeploy.WaitForExitAsync(limit.Token);
        return $"{string.Join(' ', start.ArgumentList)}\n{await output}\n{await error}";
    }

    /// <summary>Where which secret is, as it is or in another spelling.</summary>
    private static List<string> Found(IReadOnlyList<(string What, string Secret)> secrets, IReadOnlyDictionary<string, string> heard)
    {
        var found = new List<string>();
        foreach (var (what, secret) in secrets)
        {
            Assert.True(secret.Length >= 8, $"{what} is too short to be looked for");
            foreach (var spelling in Spellings(secret))
                found.AddRange(heard.Where(h => h.Value.Contains(spelling, StringComparison.OrdinalIgnoreCase)).Select(h => $"{what} in {h.Key}"));
        }
        return [.. found.Distinct()];
    }

    private static IEnumerable<string> Spellings(string secret)
    {
        yield return secret;
        yield return Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)).TrimEnd('=')[..^1];
        yield return Convert.ToHexStringLower(Encoding.UTF8.GetBytes(secret));
        if (secret.Length == 64 && secret.All(char.IsAsciiHexDigit))
            yield return Convert.ToBase64String(Convert.FromHexString(secret));
    }

    private static List<string> ReadableByOthers(string folder) =>
    [
        .. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Append(folder)
            .Where(f => ((int)File.GetUnixFileMode(f) & 0x3f) != 0 && !f.EndsWith(".pub", StringComparison.Ordinal)),
    ];
}
