namespace Grpc.Core;

/// <summary>Per-message options of the official API. There are none to choose here: no message is compressed, every one is flushed.</summary>
public sealed class WriteOptions
{
    public static readonly WriteOptions Default = new();
}
