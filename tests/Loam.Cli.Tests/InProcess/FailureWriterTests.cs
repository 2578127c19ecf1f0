using System.Text.Json.Nodes;
using Loam.Cli.Output;

namespace Loam.Cli.Tests.InProcess;

/// <summary>Failures as people and programs see them, and their exit codes.</summary>
public sealed class FailureWriterTests
{
    private static (int Exit, string Text) Write(Exception exception, bool envelope = false, bool verbose = false)
    {
        using var stderr = new StringWriter { NewLine = "\n" };
        return (new FailureWriter(envelope, verbose, stderr).Write(exception), stderr.ToString());
    }

    [Fact]
    public void A_failure_is_one_line_with_its_hint()
    {
        var failure = new LoamException(ErrorCodes.ImageInUse, "app:1 is\nin use.") { Hint = "Do this." };
        Assert.Equal((4, "loam: app:1 is in use. Do this.\n"), Write(failure));
    }

    [Fact]
    public void An_envelope_has_code_message_hint_and_details()
    {
        var failure = new LoamException(ErrorCodes.ManifestUnknown, "there is no \"x\"") { Details = new Dictionary<string, string> { ["reference"] = "x:1" } };
        var (exit, text) = Write(failure, envelope: true, verbose: true);
        Assert.Equal(3, exit);
        var error = JsonNode.Parse(Assert.Single(text.Split('\n', StringSplitOptions.RemoveEmptyEntries)))!["error"]!.AsObject();
        Assert.Equal(["code", "message", "hint", "details"], error.Select(field => field.Key));
        Assert.Equal(("manifest_unknown", "there is no \"x\"", ErrorCodes.ManifestUnknown.Hint), (
            (string)error["code"]!, (string)error["message"]!, (string)error["hint"]!));
        Assert.Equal("x:1", (string)error["details"]!["reference"]!);
    }

    [Fact]
    public void Verbose_adds_the_stack_trace_for_people()
    {
        var failure = new LoamException(ErrorCodes.Io, "no", new InvalidOperationException("inner"));
        Assert.Equal(1, Write(failure).Text.Count(c => c == '\n'));
        Assert.Contains("InvalidOperationException: inner", Write(failure, verbose: true).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_exception_has_a_code()
    {
        Assert.Equal((130, true), Is(new OperationCanceledException(), "interrupted"));
        Assert.Equal((1, true), Is(new IOException("x"), "io"));
        Assert.Equal((1, true), Is(new UnauthorizedAccessException("x", new IOException("x", 13)), "store_read_only"));
        Assert.Equal((1, true), Is(new InvalidOperationException("x"), "internal"));
        Assert.Equal((7, true), Is(new AggregateException(new LoamException(ErrorCodes.LayerDamaged, "x")), "layer_damaged"));
        Assert.Equal((1, true), Is(new AggregateException(new LoamException(ErrorCodes.LayerDamaged, "x"), new IOException("y")), "internal"));
        Assert.Contains("InvalidOperationException: why", Write(new InvalidOperationException("why")).Text, StringComparison.Ordinal);
    }

    private static (int Exit, bool Code) Is(Exception exception, string code)
    {
        var (exit, text) = Write(exception, envelope: true);
        return (exit, text.Contains($"\"code\":\"{code}\"", StringComparison.Ordinal));
    }
}
