using System.Text.Json;
using System.Text.Json.Serialization;
using Kadeploy.Api.Audit;
using Kadeploy.Api.Broadcasts;
using Kadeploy.Api.Cache;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Environments;
using Kadeploy.Api.Exec;
using Kadeploy.Api.Nodes;
using Kadeploy.Api.Operations;
using Kadeploy.Api.Power;
using Kadeploy.Api.Statistics;
using Kadeploy.Api.Uploads;
using Kadeploy.Api.Users;

namespace Kadeploy.Api;

/// <summary>How the contract is written: camelCase, nulls left out, enumerations in kebab-case. A client ignores properties that it does not know, so that a controller may be newer; a controller refuses them, because what they ask for would not be done.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ControllerInfo))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(NodeList))]
[JsonSerializable(typeof(AddNode))]
[JsonSerializable(typeof(AcceptNode))]
[JsonSerializable(typeof(ChangeNode))]
[JsonSerializable(typeof(PowerRequest))]
[JsonSerializable(typeof(StartReboot))]
[JsonSerializable(typeof(PlannedOperation))]
[JsonSerializable(typeof(EnvironmentList))]
[JsonSerializable(typeof(AddEnvironment))]
[JsonSerializable(typeof(RegistrationStep))]
[JsonSerializable(typeof(ChangeEnvironment))]
[JsonSerializable(typeof(StartDeployment))]
[JsonSerializable(typeof(RetryDeployment))]
[JsonSerializable(typeof(DeploymentStarted))]
[JsonSerializable(typeof(DeploymentList))]
[JsonSerializable(typeof(DeploymentSummary))]
[JsonSerializable(typeof(DeploymentInfo))]
[JsonSerializable(typeof(DeploymentEvent))]
[JsonSerializable(typeof(StartBroadcast))]
[JsonSerializable(typeof(BroadcastStarted))]
[JsonSerializable(typeof(BroadcastList))]
[JsonSerializable(typeof(BroadcastInfo))]
[JsonSerializable(typeof(UploadInfo))]
[JsonSerializable(typeof(NodeToken))]
[JsonSerializable(typeof(WhoAmI))]
[JsonSerializable(typeof(CreateToken))]
[JsonSerializable(typeof(TokenCreated))]
[JsonSerializable(typeof(TokenList))]
[JsonSerializable(typeof(RightInfo))]
[JsonSerializable(typeof(RightList))]
[JsonSerializable(typeof(GrantRight))]
[JsonSerializable(typeof(RevokeRight))]
[JsonSerializable(typeof(RightsRevoked))]
[JsonSerializable(typeof(AuditList))]
[JsonSerializable(typeof(StartImageUpload))]
[JsonSerializable(typeof(ImageUpload))]
[JsonSerializable(typeof(CacheInfo))]
[JsonSerializable(typeof(PurgeCache))]
[JsonSerializable(typeof(CachePurged))]
[JsonSerializable(typeof(RunCommand))]
[JsonSerializable(typeof(StartCopy))]
[JsonSerializable(typeof(CommandResult))]
[JsonSerializable(typeof(IReadOnlyList<CommandResult>))]
[JsonSerializable(typeof(NodeStatisticsList))]
[JsonSerializable(typeof(StepStatisticsList))]
[JsonSerializable(typeof(NodeFailuresList))]
public sealed partial class ApiJson : JsonSerializerContext;
