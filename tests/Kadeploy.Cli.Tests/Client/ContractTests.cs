using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kadeploy.Api;
using Kadeploy.Api.Nodes;

namespace Kadeploy.Cli.Tests.Client;

/// <summary>The wire form of the contract: what is written here is what other clients rely on.</summary>
public sealed class ContractTests
{
    [Fact]
    public void Node_Json_IsAsDocumented() => RoundTrip(
        """{"name":"node-1","state":"deployed","macs":["52:54:00:00:00:01"],"cluster":"default","accepted":true,"address":"10.0.0.1","bmc":{"kind":"ipmi","host":"10.0.1.1","port":623,"user":"admin"},"disk":{"serial":"S1","minimumBytes":0},"inventory":{"vendor":"QEMU","product":"pc","serial":"","uuid":"u","firmware":"bios","memoryBytes":402653184,"cpuModel":"qemu64","cpuThreads":1,"kernel":"6.1.0","disks":[{"path":"/dev/vda","sizeBytes":4294967296,"model":"","serial":"S1","wwn":"","transport":"virtio","rotational":false,"removable":false,"readOnly":false,"sectorBytes":512}],"interfaces":[{"name":"eth0","mac":"52:54:00:00:00:01","driver":"virtio_net","link":true,"speedMbit":0,"addresses":["10.0.0.1/24"]}]},"agent":{"connected":true,"bootId":"b","since":"2026-11-21T10:00:00+00:00"},"lastDeployment":"D-1","seenAt":"2026-11-21T10:00:00+00:00"}""",
        ApiJson.Default.NodeInfo);

    [Fact]
    public void WaitingNode_Json_LeavesOutWhatIsNotKnown() => Assert.Equal(
        """{"name":"52-54-00-00-00-01","state":"unknown","macs":["52:54:00:00:00:01"],"cluster":"default","accepted":false}""",
        JsonSerializer.Serialize(new NodeInfo("52-54-00-00-00-01", NodeState.Unknown, ["52:54:00:00:00:01"], "default", false), ApiJson.Default.NodeInfo));

    [Fact]
    public void Deployment_Json_IsAsDocumented() => RoundTrip(
        """{"id":"D-1","user":"admin","environment":"debian12:1","nodes":"node-1","createdAt":"2026-11-21T10:00:00+00:00","state":"done","summary":{"total":1,"deployed":0,"failed":1,"running":0,"stopped":0},"nodeStates":[{"node":"node-1","verdict":"failed","macroStep":"BroadcastEnv","microStep":"send_environment","activity":"x","done":1,"total":2,"bytesPerSecond":3,"failure":{"stage":"send_environment","party":"disk","reason":"disk-too-small","detail":"d"},"steps":[{"macroStep":"SetDeploymentEnv","microStep":"reboot","attempt":1,"startedAt":"2026-11-21T10:00:00+00:00","seconds":1.5,"outcome":"done"}],"macroSeconds":{"SetDeploymentEnv":20.5},"proof":{"imageSha256":"ab","bytesVerified":1,"bytesWritten":2,"diskSerial":"S1","bootId":"b","refetched":0}}],"endedAt":"2026-11-21T10:00:00+00:00","kind":"deployment","action":"deploy"}""",
        ApiJson.Default.DeploymentInfo);

    [Fact]
    public void Environment_Json_IsAsDocumented() => RoundTrip(
        """{"id":"E-1","name":"debian12","version":1,"owner":"admin","description":"","visibility":"public","os":"linux","image":{"file":"/srv/x.tar.zst","kind":"tar","compression":"zstd","bytes":5,"sha256":"ab"},"postinstalls":[{"script":"run.sh","archive":"/srv/p.tgz","compression":"gzip"}],"createdAt":"2026-11-21T10:00:00+00:00","warnings":["x: unknown"],"filesystem":"ext4","boot":{"kernel":"/vmlinuz","initrd":"/initrd.img","kernelParams":"quiet"},"author":"me","architecture":"x86_64","tags":["web"],"destructive":false,"preinstall":{"script":"pre.sh"},"notDeployable":"why"}""",
        ApiJson.Default.EnvironmentInfo);

    [Fact]
    public void Event_Json_IsAsDocumented() => RoundTrip(
        """{"seq":7,"at":"2026-11-21T10:00:00+00:00","node":"node-1","macroStep":"BroadcastEnv","microStep":"send_environment","activity":"x","done":1,"total":2,"bytesPerSecond":3,"outcome":"running"}""",
        ApiJson.Default.DeploymentEvent);

    [Fact]
    public void Power_Json_IsAsDocumented() =>
        RoundTrip("""{"nodes":"node-1","action":"cycle","level":"very_hard","force":true}""", ApiJson.Default.PowerRequest);

    [Fact]
    public void Reboot_Json_IsAsDocumented() => RoundTrip(
        """{"nodes":"node-1","kind":"recorded-env","level":"soft","environment":"e","partition":3,"vlan":"12","timeouts":{"wait_reboot":"n"},"customOperations":[{"step":"Simple/wait_reboot","when":"after","name":"a","action":"exec","command":"true","retries":1,"onFailure":"ignore"}],"breakpoint":"Simple","force":true}""",
        ApiJson.Default.StartReboot);

    [Theory]
    [InlineData("""{"environment":"x"}""")]
    [InlineData("""{"environment":null,"nodes":"n"}""")]
    [InlineData("""{"environment":"x","nodes":"n","boot":1}""")]
    [InlineData("""{"environment":"x","nodes":"n","boot":"warp"}""")]
    [InlineData("""{"environment":"x","nodes":"n","partition":"3"}""")]
    public void StartDeployment_WrongJson_IsRefused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, ApiJson.Default.StartDeployment));

    [Fact]
    public void UnknownProperty_OfANewerController_IsIgnored() =>
        Assert.Equal("kadeployd", JsonSerializer.Deserialize("""{"name":"kadeployd","version":"2","uptimeSeconds":1,"new":[1]}""", ApiJson.Default.ControllerInfo)!.Name);

    [Fact]
    public void Problem_Reason_IsTheTypeWithoutItsPrefix() =>
        Assert.Equal("unknown-node", new Problem("urn:kadeploy:unknown-node", "t", 404).Reason);

    private static void RoundTrip<T>(string json, JsonTypeInfo<T> type) =>
        Assert.Equal(json.Replace("+00:00", "Z", StringComparison.Ordinal), JsonSerializer.Serialize(JsonSerializer.Deserialize(json, type)!, type).Replace("+00:00", "Z", StringComparison.Ordinal).Replace("\\u002B00:00", "Z", StringComparison.Ordinal));
}
