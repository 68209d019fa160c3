namespace Kadeploy.Controller.Programs;

/// <summary>Names of environment variables, those that the controller reads and those that it hands to the administrator's commands.</summary>
internal static class VariableName
{
    /// <summary><c>listen.api</c> is <c>KADEPLOY_LISTEN_API</c>, <c>stateDirectory</c> <c>KADEPLOY_STATE_DIRECTORY</c>, <c>nodeFile</c> <c>KADEPLOY_NODE_FILE</c>.</summary>
    public static string Of(string path) => "KADEPLOY_" + string.Concat(path.Select(c =>
        c is '.' or '-' ? "_" : char.IsUpper(c) ? $"_{c}" : char.ToUpperInvariant(c).ToString()));
}
