using System.Text;
using Loam.Cli.Output;

namespace Loam.Cli.Tests.InProcess;

/// <summary>Secrets that are piped in.</summary>
public sealed class SecretInputTests
{
    private const int Maximum = 64 << 10;

    private static Task<string> ReadAsync(string text) =>
        SecretInput.ReadAsync(new Trickle(Encoding.UTF8.GetBytes(text)), TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("secret", "secret")]
    [InlineData("secret\n", "secret")]
    [InlineData("secret\r\n", "secret")]
    [InlineData(" two\nlines \n\n", " two\nlines ")]
    [InlineData("pa:ss wörd€", "pa:ss wörd€")]
    public async Task All_of_stdin_counts_but_the_line_end_behind_it(string input, string secret) => Assert.Equal(secret, await ReadAsync(input));

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n\r\n")]
    public async Task Nothing_is_not_a_password(string input) =>
        Assert.Equal(ErrorCodes.PasswordNeeded, (await Assert.ThrowsAsync<LoamException>(() => ReadAsync(input))).Code);

    [Fact]
    public async Task A_password_has_a_limit()
    {
        Assert.Equal(Maximum, (await ReadAsync(new string('x', Maximum))).Length);
        var failure = await Assert.ThrowsAsync<LoamException>(() => ReadAsync(new string('x', Maximum + 1)));
        Assert.Equal(ErrorCodes.PasswordNeeded, failure.Code);
        Assert.Contains("65536 bytes", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("xx", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Gives a few bytes at a time, as a pipe may: characters are cut in two.</summary>
    private sealed class Trickle(byte[] content) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 7)], cancellationToken);
    }
}
