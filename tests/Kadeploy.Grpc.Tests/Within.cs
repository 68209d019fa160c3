namespace Kadeploy.Grpc.Tests;

/// <summary>Waits with a deadline that says what it waited for.</summary>
internal static class Within
{
    public static Task<T> WithinAsync<T>(this Task<T> task, string what, int seconds = 60) => Guard(task.WaitAsync(TimeSpan.FromSeconds(seconds)), what, seconds);

    public static async Task WithinAsync(this Task task, string what, int seconds = 60) =>
        await WithinAsync(task.ContinueWith(static done => { done.GetAwaiter().GetResult(); return true; }, TaskScheduler.Default), what, seconds);

    public static async Task<string> NextEventAsync(this ProbeService service, string what, int seconds = 60) =>
        await service.Events.Reader.ReadAsync().AsTask().WithinAsync(what, seconds);

    private static async Task<T> Guard<T>(Task<T> task, string what, int seconds)
    {
        try
        {
            return await task;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Waited {seconds} s for {what}.");
        }
    }
}
