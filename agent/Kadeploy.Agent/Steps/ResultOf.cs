namespace Kadeploy.Agent.Steps;

/// <summary>C# has no implicit conversion from an interface: its values are wrapped by name.</summary>
internal static class ResultOf
{
    public static Result<T> Value<T>(T value) => Result<T>.From(value);
}
