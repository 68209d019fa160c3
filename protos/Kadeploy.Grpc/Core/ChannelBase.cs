namespace Grpc.Core;

/// <summary>A way to one server, made by its address.</summary>
public abstract class ChannelBase(string target)
{
    public string Target { get; } = target;

    public abstract CallInvoker CreateCallInvoker();
}
