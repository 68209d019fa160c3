namespace Kadeploy.Testbed;

/// <summary>The virtual cluster cannot be had as asked; the message says what is wrong and what to do.</summary>
public sealed class TestbedException(string message, Exception? inner = null) : Exception(message, inner);
