namespace Kadeploy.Machine.Tests.Initramfs;

/// <summary>One file of a cpio archive; times in seconds since 1970.</summary>
internal sealed record CpioEntry(int Mode, int Owner, int Group, long ModificationTime, long Size);
