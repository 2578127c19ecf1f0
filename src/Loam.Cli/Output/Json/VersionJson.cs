namespace Loam.Cli;

internal sealed record VersionJson(string Version, string Runtime, string Platform);
