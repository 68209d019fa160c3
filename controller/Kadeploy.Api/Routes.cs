namespace Kadeploy.Api;

/// <summary>Paths of the REST API, relative to the controller's base address. Names inside a path are escaped by the caller.</summary>
public static class Routes
{
    public const string Info = "/v1/info";
    public const string Nodes = "/v1/nodes";
    public const string Power = "/v1/power";
    public const string Environments = "/v1/environments";
    public const string Deployments = "/v1/deployments";
    public const string Broadcasts = "/v1/broadcasts";
    public const string Uploads = "/v1/uploads";
    public const string Exec = "/v1/exec";
    public const string Copies = "/v1/copies";
    public const string Reboots = "/v1/reboots";

    /// <summary>Operations of every kind; <see cref="Deployments"/> lists deployments only, and both find every id.</summary>
    public const string Operations = "/v1/operations";
    public const string Me = "/v1/me";
    public const string Tokens = "/v1/tokens";
    public const string Rights = "/v1/rights";
    public const string Audit = "/v1/audit";
    public const string ImageUploads = "/v1/image-uploads";
    public const string Cache = "/v1/cache";
    public const string Statistics = "/v1/statistics";

    /// <summary>For Prometheus.</summary>
    public const string Metrics = "/metrics";
    public const string OpenApi = "/v1/openapi.json";

    /// <summary>TCP port of the API unless configured otherwise.</summary>
    public const int DefaultPort = 25300;
}
