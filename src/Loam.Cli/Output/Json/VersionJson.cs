namespace Loam.Cli.Output;

internal sealed record VersionJson(string Version, string Runtime, DateOnly? RuntimeSupportEnds, bool Native, string Platform);
