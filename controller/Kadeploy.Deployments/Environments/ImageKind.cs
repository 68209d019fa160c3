namespace Kadeploy.Deployments.Environments;

/// <summary>How an image is written.</summary>
public enum ImageKind
{
    /// <summary>An archive extracted into a fresh file system.</summary>
    Tar,

    /// <summary>A block image written to a partition or a whole disk.</summary>
    Dd,
}
