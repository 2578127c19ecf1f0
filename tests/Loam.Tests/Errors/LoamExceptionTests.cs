namespace Loam.Tests.Errors;

/// <summary>Failures as logs and callers see them.</summary>
public sealed class LoamExceptionTests
{
    [Fact]
    public void Its_text_says_code_message_and_hint_and_where_it_came_from()
    {
        void Fail() => throw new LoamException(ErrorCodes.Timeout, "it took too long", new IOException("inner")) { Hint = "Wait." };
        var text = Assert.Throws<LoamException>(Fail).ToString();
        Assert.StartsWith("Loam.LoamException: timeout: it took too long (Wait.)\n", text, StringComparison.Ordinal);
        Assert.Contains("System.IO.IOException: inner", text, StringComparison.Ordinal);
        Assert.Contains(nameof(Its_text_says_code_message_and_hint_and_where_it_came_from), text, StringComparison.Ordinal);
        Assert.Equal("timeout", $"{ErrorCodes.Timeout}");
        var plain = new LoamException(ErrorCodes.Timeout, "it took too long");
        Assert.Equal(ErrorCodes.Timeout.Hint, plain.Hint);
        Assert.NotEmpty(plain.Hint);
    }

    [Fact]
    public void What_may_pass_by_itself_is_transient()
    {
        Assert.All(
            (ErrorCode[])[
                ErrorCodes.TooManyRequests,
                ErrorCodes.RegistryUnavailable,
                ErrorCodes.RegistryUnreachable,
                ErrorCodes.RegistryRefused,
                ErrorCodes.Timeout,
                ErrorCodes.UploadLost,
            ],
            code => Assert.True(new LoamException(code, "").IsTransient, code.Name));
        Assert.All(
            (ErrorCode[])[
                ErrorCodes.TlsUntrusted,
                ErrorCodes.RegistryProtocol,
                ErrorCodes.ManifestUnknown,
                ErrorCodes.Unauthorized,
                ErrorCodes.DiskFull,
                ErrorCodes.DigestMismatch,
            ],
            code => Assert.False(new LoamException(code, "").IsTransient, code.Name));
    }
}
