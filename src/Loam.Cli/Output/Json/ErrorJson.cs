namespace Loam.Cli.Output;

internal sealed record ErrorEnvelope(ErrorBody Error);

internal sealed record ErrorBody(string Code, string Message, string Hint, IReadOnlyDictionary<string, string> Details);
