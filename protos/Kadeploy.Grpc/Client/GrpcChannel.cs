using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>
/// The way to one server, over HTTP/2 only: "http://" by prior knowledge (h2c), "https://" by ALPN. May be shared by any number of calls.
/// </summary>
public sealed class GrpcChannel : ChannelBase, IDisposable
{
    private GrpcChannel(Uri address, GrpcChannelOptions options) : base(address.Authority)
    {
        Address = address;
        Http = new HttpMessageInvoker(
            options.HttpHandler ?? GrpcHttpHandler.Create(TimeSpan.FromSeconds(30)), options.HttpHandler is null || options.DisposeHttpClient);
        MaxReceiveMessageSize = options.MaxReceiveMessageSize;
        Time = options.TimeProvider;
    }

    internal Uri Address { get; }

    internal HttpMessageInvoker Http { get; }

    internal int? MaxReceiveMessageSize { get; }

    internal TimeProvider Time { get; }

    /// <summary>Does not connect yet: the first call does.</summary>
    public static GrpcChannel ForAddress(string address) => ForAddress(new Uri(address));

    public static GrpcChannel ForAddress(string address, GrpcChannelOptions channelOptions) => ForAddress(new Uri(address), channelOptions);

    public static GrpcChannel ForAddress(Uri address) => ForAddress(address, new GrpcChannelOptions());

    public static GrpcChannel ForAddress(Uri address, GrpcChannelOptions channelOptions) =>
        address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? new GrpcChannel(address, channelOptions)
            : throw new ArgumentException($"'{address}' is not an http:// or https:// address.", nameof(address));

    public override CallInvoker CreateCallInvoker() => new HttpCallInvoker(this);

    /// <summary>Closes the connections, and with them all calls, if the handler is the channel's own.</summary>
    public void Dispose() => Http.Dispose();
}
