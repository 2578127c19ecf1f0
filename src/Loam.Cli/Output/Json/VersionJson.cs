namespace Loam.Cli.Output;

internal sealed record VersionJson(string Version, string Runtime, string? RuntimeSupportEnds, bool Native, string Platform);
