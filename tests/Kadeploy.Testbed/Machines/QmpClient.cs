using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Kadeploy.Testbed.Machines;

/// <summary>QEMU's control socket (docs/interop/qmp-spec.rst): one JSON object a line.</summary>
internal sealed class QmpClient : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);
    private readonly Socket _socket;
    private readonly StreamReader _reader;

    /// <exception cref="TestbedException">Nobody answers on the socket.</exception>
    public QmpClient(string path)
    {
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)Deadline.TotalMilliseconds,
            SendTimeout = (int)Deadline.TotalMilliseconds,
        };
        try
        {
            _socket.Connect(new UnixDomainSocketEndPoint(path));
            _reader = new StreamReader(new NetworkStream(_socket), Encoding.UTF8);
            _ = ReadLine();
            Execute("qmp_capabilities");
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            _socket.Dispose();
            throw new TestbedException($"QEMU does not answer on {path}: {e.Message}", e);
        }
    }

    /// <summary>Runs a command and waits for its answer, skipping events.</summary>
    /// <param name="arguments">The command's arguments as a JSON object.</param>
    public JsonNode? Execute(string command, string arguments = "{}")
    {
        _socket.Send(Encoding.UTF8.GetBytes($$"""{"execute":"{{command}}","arguments":{{arguments}}}""" + "\n"));
        while (true)
        {
            var answer = JsonNode.Parse(ReadLine())!;
            if (answer["error"] is { } error)
                throw new TestbedException($"QEMU refused {command}: {error["desc"]}");
            if (answer.AsObject().TryGetPropertyValue("return", out var result))
                return result;
        }
    }

    /// <summary>Sets a device's place in the boot order; -1 takes it out.</summary>
    public void SetBootIndex(string device, int index) =>
        Execute("qom-set", $$"""{"path":"/machine/peripheral/{{device}}","property":"bootindex","value":{{index}}}""");

    public void Dispose()
    {
        _reader.Dispose();
        _socket.Dispose();
    }

    private string ReadLine() => _reader.ReadLine() ?? throw new IOException("the connection was closed");
}
