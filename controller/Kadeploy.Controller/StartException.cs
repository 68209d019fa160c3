namespace Kadeploy.Controller;

/// <summary>The controller cannot start, for a reason that an administrator can mend; the message is the one line shown.</summary>
#pragma warning disable CA1032, CA1064 // Not a general exception: it exists to end Program with its message.
internal sealed class StartException(string message, Exception? inner = null) : Exception(message, inner);
#pragma warning restore CA1032, CA1064
