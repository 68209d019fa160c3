namespace Grpc.Core;

/// <summary>What all generated clients have in common.</summary>
public abstract class ClientBase(ClientBase.ClientBaseConfiguration configuration)
{
    /// <summary>Starts this client's calls.</summary>
    protected CallInvoker CallInvoker => Configuration.CallInvoker;

    private protected ClientBaseConfiguration Configuration { get; } = configuration;

    /// <summary>Opaque to generated code, which hands it through.</summary>
    protected internal sealed class ClientBaseConfiguration
    {
        private readonly CallInvoker? _callInvoker;

        internal ClientBaseConfiguration(CallInvoker? callInvoker) => _callInvoker = callInvoker;

        internal CallInvoker CallInvoker =>
            _callInvoker ?? throw new NotSupportedException("A client made without a channel cannot call: override its methods.");
    }
}
