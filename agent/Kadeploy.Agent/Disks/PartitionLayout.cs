using System.Globalization;
using System.Text;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Disks;

/// <summary>
/// Where each partition goes: in the order given, each on a boundary of 1 MiB, and the script that makes sfdisk(8) write exactly that.
/// </summary>
/// <param name="Table">"gpt" or "mbr".</param>
internal sealed record PartitionLayout(string Table, IReadOnlyList<PlannedPartition> Partitions)
{
    private const ulong Alignment = 1 << 20;

    // The second GPT: 32 sectors of entries and a header; a whole alignment unit is kept free for it.
    private const ulong TailReserve = Alignment;

    // A root file system that anything could be put on.
    private const ulong SmallestRest = 16 << 20;

    /// <param name="uefi">Partitions that only the other firmware boots from are left out.</param>
    public static Result<PartitionLayout> Plan(
        string table, IReadOnlyList<PartitionRequest> requests, bool uefi, ulong diskBytes, uint sectorBytes)
    {
        if (table is not ("gpt" or "mbr"))
            return Wrong($"unknown partition table '{table}': gpt or mbr");
        // MBR has no partition for GRUB's core image: it lives in the gap before the first one.
        var wanted = requests.Where(each => each.Role switch
        {
            PartitionRole.BiosBoot => !uefi && table == "gpt",
            PartitionRole.Esp => uefi,
            _ => true,
        }).ToList();
        if (wanted.Count == 0)
            return Wrong("the layout has no partition for this machine");
        if (wanted.GroupBy(each => each.Number).FirstOrDefault(group => group.Count() > 1) is { } twice)
            return Wrong($"partition {twice.Key} is there twice");
        if (wanted.Any(each => each.Number == 0 || each.Number > (table == "mbr" ? 4u : 128u)))
            return Wrong(table == "mbr" ? "partition numbers of an mbr table are 1 to 4 (no logical partitions)" : "partition numbers are 1 to 128");
        if (wanted.Take(wanted.Count - 1).Any(each => each.SizeBytes == 0))
            return Wrong("only the last partition may take the rest of the disk (size 0)");

        var planned = new List<PlannedPartition>();
        var position = Alignment;
        var end = diskBytes / Alignment * Alignment - TailReserve;
        foreach (var each in wanted)
        {
            var size = each.SizeBytes > 0 ? RoundUp(each.SizeBytes) : end > position ? end - position : 0;
            if (size == 0 || position + size > end || (each.SizeBytes == 0 && size < SmallestRest))
                return new StepFailed(Party.Disk, "disk-too-small",
                    $"the layout needs {position + Math.Max(size, SmallestRest) + TailReserve} bytes up to partition {each.Number}, the disk has {diskBytes}");
            planned.Add(new PlannedPartition(
                each.Number, each.Role, position / sectorBytes, size / sectorBytes, each.Label,
                each.Type.Length > 0 ? each.Type : TypeOf(each.Role, table)));
            position += size;
        }
        return new PartitionLayout(table, planned);
    }

    /// <summary>Input for sfdisk; each line names its partition, so that the numbers are the layout's.</summary>
    public string Script(string disk)
    {
        var script = new StringBuilder();
        script.Append("label: ").Append(Table == "gpt" ? "gpt" : "dos").Append("\nunit: sectors\n\n");
        foreach (var each in Partitions)
        {
            script.Append(CultureInfo.InvariantCulture, $"{disk}{each.Number} : start={each.Start}, size={each.Sectors}, type={each.Type}");
            if (Table == "gpt" && each.Label.Length > 0)
                script.Append(CultureInfo.InvariantCulture, $", name=\"{each.Label.Replace("\"", "")}\"");
            // Some firmware does not boot an MBR disk without an active partition.
            if (Table == "mbr" && each.Role == PartitionRole.Root)
                script.Append(", bootable");
            script.Append('\n');
        }
        return script.ToString();
    }

    // UEFI 2.10, table 5.7; the Discoverable Partitions Specification; GRUB manual, "BIOS installation".
    private static string TypeOf(PartitionRole role, string table) => (role, table) switch
    {
        (PartitionRole.BiosBoot, _) => "21686148-6449-6E6F-744E-656564454649",
        (PartitionRole.Esp, "gpt") => "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
        (PartitionRole.Swap, "gpt") => "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F",
        (_, "gpt") => "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
        (PartitionRole.Esp, _) => "ef",
        (PartitionRole.Swap, _) => "82",
        _ => "83",
    };

    private static ulong RoundUp(ulong bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static StepFailed Wrong(string detail) => new(Party.Controller, "bad-layout", detail);
}
