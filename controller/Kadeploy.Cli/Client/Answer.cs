using System.Diagnostics.CodeAnalysis;

namespace Kadeploy.Cli.Client;

/// <summary>A value, or why there is none.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
internal readonly record struct Answer<T>
    where T : class
{
    private readonly T? _value;
    private readonly Failure? _failure;

    private Answer(T? value, Failure? failure) => (_value, _failure) = (value, failure);

    public static implicit operator Answer<T>(T value) => new(value, null);

    public static implicit operator Answer<T>(Failure failure) => new(null, failure);

    public bool TryGet([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Failure? failure)
    {
        (value, failure) = (_value, _failure);
        return value is not null;
    }
}
