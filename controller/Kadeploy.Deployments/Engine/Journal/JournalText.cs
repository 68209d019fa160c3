using System.Text.Json;

namespace Kadeploy.Deployments.Engine.Journal;

/// <summary>Happenings to journal bodies and back.</summary>
internal static class JournalText
{
    public static string Write(Happening happening) => JsonSerializer.Serialize(happening, JournalJson.Default.Happening);

    public static Happening Read(string body) =>
        JsonSerializer.Deserialize(body, JournalJson.Default.Happening) ?? throw new JsonException("an entry of the journal is null");

    public static string KindOf(Happening happening) => happening switch
    {
        Happening.Submitted => "submitted",
        Happening.Reported => "reported",
        Happening.Admitted => "admitted",
        Happening.DeadlinePassed => "deadline",
        Happening.PatienceEnded => "patience",
        Happening.CallReturned => "returned",
        Happening.CancelAsked => "cancel",
        Happening.Resumed => "resumed",
        _ => throw new ArgumentOutOfRangeException(nameof(happening)),
    };
}
