using System.Diagnostics.CodeAnalysis;

namespace Kadeploy.Agent.Steps;

/// <summary>A value or the reason why there is none.</summary>
internal readonly record struct Result<T>
{
    private Result(T? value, StepFailed? failure) => (Value, Failure) = (value, failure);

    public T? Value { get; }

    public StepFailed? Failure { get; }

    /// <summary>True: there is a failure and no value.</summary>
    public bool Failed([NotNullWhen(true)] out StepFailed? failure, [NotNullWhen(false)] out T? value)
    {
        (failure, value) = (Failure, Value);
        return failure is not null;
    }

    public static Result<T> From(T value) => new(value, null);

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(StepFailed failure) => new(default, failure);
}
