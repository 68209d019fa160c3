using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>A transfer this process takes part in, as its listener sees it.</summary>
internal interface IServed
{
    byte[] Key { get; }

    /// <summary>Serves a proven connection on the calling thread until it is over. The first thing to do is to answer.</summary>
    /// <param name="socket">Belongs to the caller.</param>
    /// <param name="hello">What it asks for.</param>
    /// <param name="answer">Sends the answer.</param>
    /// <param name="dataKey">For image bytes on this connection.</param>
    void Handle(Socket socket, Hello hello, Func<Welcome, bool> answer, byte[] dataKey);
}
