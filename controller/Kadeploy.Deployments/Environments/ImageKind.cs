namespace Kadeploy.Deployments.Environments;

/// <summary>How an image is written.</summary>
public enum ImageKind
{
    /// <summary>An archive extracted into a fresh file system.</summary>
    Tar,

    /// <summary>A block image written to a partition or a whole disk.</summary>
    Dd,

    /// <summary>An archive of fsarchiver's: kept and printed back, not deployed.</summary>
    Fsa,
}
