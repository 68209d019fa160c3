using Kadeploy.Deployments.Environments;

namespace Kadeploy.Controller.Environments;

/// <summary>An environment as it was registered.</summary>
/// <param name="Deployable">What a deployment needs of it.</param>
/// <param name="Description">For a person.</param>
/// <param name="Author">Who made the image.</param>
/// <param name="Visibility"><c>public</c>, <c>shared</c> or <c>private</c>.</param>
/// <param name="Os">Always <c>linux</c> so far.</param>
/// <param name="ImageModified">Modification time of the image file when it was read: a cheap sign that it is still the same.</param>
/// <param name="CreatedAt">When it was registered.</param>
/// <param name="Warnings">What the description says that was not understood.</param>
internal sealed record RegisteredEnvironment(
    DeployableEnvironment Deployable,
    string Description,
    string Author,
    string Visibility,
    string Os,
    DateTimeOffset ImageModified,
    DateTimeOffset CreatedAt,
    IReadOnlyList<string> Warnings);
