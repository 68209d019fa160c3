namespace Kadeploy.Transfer;

/// <summary>Who is at fault in a verdict or failure.</summary>
public enum Party
{
    /// <summary>This node itself: its link, its process.</summary>
    Self,

    /// <summary>The node that fed this one.</summary>
    Predecessor,

    /// <summary>The node this one fed.</summary>
    Successor,

    /// <summary>Member 0, or the image it holds.</summary>
    Head,

    /// <summary>This node's sink: disk, decompressor or tar.</summary>
    Sink,

    /// <summary>The plan or the order to stop.</summary>
    Controller,
}
