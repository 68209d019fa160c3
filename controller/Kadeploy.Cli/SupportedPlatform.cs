// File modes, signals and the programs it starts are Linux's.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
