using Dapper;
using Kadeploy.Controller.Storage;
using Kadeploy.Transfer;

namespace Kadeploy.Controller.Transfers;

/// <summary>Plans of running transfers: a controller that was restarted goes on as the head of the same chain, with the same key.</summary>
internal sealed class TransferStore(Database database)
{
    /// <summary>The plan of an execution; a damaged one counts as none.</summary>
    public TransferPlan? Find(string execution)
    {
        var bytes = database.Read(connection =>
            connection.QueryFirstOrDefault<byte[]>("SELECT plan FROM transfers WHERE execution = @execution", new { execution }));
        try
        {
            return bytes is null ? null : TransferPlan.FromBytes(bytes);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public void Keep(string execution, string deployment, TransferPlan plan) => database.Write(connection => connection.Execute(
        "INSERT OR REPLACE INTO transfers(execution, deployment, plan) VALUES (@execution, @deployment, @plan)",
        new { execution, deployment, plan = plan.ToBytes() }));

    public void Forget(string execution) => database.Write(connection =>
        connection.Execute("DELETE FROM transfers WHERE execution = @execution", new { execution }));
}
