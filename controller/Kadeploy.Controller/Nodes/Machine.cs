namespace Kadeploy.Controller.Nodes;

/// <summary>A machine that was seen booting or enrolling, registered or not.</summary>
/// <param name="Mac">The interface it booted from.</param>
/// <param name="Inventory">What its agent reported, or null when only its firmware was seen.</param>
/// <param name="Address">IP address it came from last.</param>
/// <param name="Firmware"><c>bios</c>, <c>uefi</c>, or empty when not known.</param>
/// <param name="FirstSeen">When it was first seen.</param>
/// <param name="SeenAt">When it was last seen.</param>
internal sealed record Machine(string Mac, Inventory? Inventory, string? Address, string Firmware, DateTimeOffset FirstSeen, DateTimeOffset SeenAt);
