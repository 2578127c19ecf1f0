using System.Text.Json;

namespace Loam.Cli.Output;

/// <summary>Writes a failure to stderr: one line, or in <c>ax</c> mode one JSON envelope.</summary>
/// <param name="envelope">As an envelope.</param>
/// <param name="verbose">With the stack trace, if not as an envelope.</param>
/// <param name="stderr">Where it goes.</param>
internal sealed class FailureWriter(bool envelope, bool verbose, TextWriter stderr)
{
    /// <returns>The exit code.</returns>
    public int Write(Exception exception)
    {
        var failure = Classify(exception);
        stderr.WriteLine(envelope ? Envelope(failure) : OneLine($"loam: {failure.Message.TrimEnd('.')}. {failure.Hint}"));
        if (verbose && !envelope)
        {
            stderr.WriteLine(exception);
        }

        return (int)failure.Code.Class;
    }

    private static LoamException Classify(Exception exception) => exception switch
    {
        LoamException known => known,
        OperationCanceledException => new LoamException(ErrorCodes.Interrupted, "stopped", exception),
        AggregateException { InnerExceptions: [var only] } => Classify(only),
        _ when IoFailure.Is(exception) => IoFailure.Translate(exception, folder: null),
        _ => new LoamException(ErrorCodes.Internal, $"{exception.GetType().Name}: {exception.Message}", exception),
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static string Envelope(LoamException failure) => JsonSerializer.Serialize(
        new ErrorEnvelope(new ErrorBody(failure.Code.Name, failure.Message, failure.Hint, failure.Details)),
        CliJson.Compact.ErrorEnvelope);
}
