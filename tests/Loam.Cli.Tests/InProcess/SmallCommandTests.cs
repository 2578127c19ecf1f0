using System.Text;
using Loam.Cli.Commands;
using Loam.TestKit;

namespace Loam.Cli.Tests.InProcess;

/// <summary>Small parts of commands that can be tried alone.</summary>
public sealed class SmallCommandTests
{
    [Theory]
    [InlineData("work:/etc/motd", "work", "/etc/motd")]
    [InlineData("work:", "work", "")]
    [InlineData("work:a:b", "work", "a:b")]
    [InlineData("./a:b", null, "./a:b")]
    [InlineData("/tmp/a:b", null, "/tmp/a:b")]
    [InlineData(":x", null, ":x")]
    [InlineData("plain", null, "plain")]
    public void A_colon_before_the_first_slash_ends_a_workspaces_name(string text, string? workspace, string path) =>
        Assert.Equal((workspace, path), CopyCommand.Split(text));

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("0", "1970-01-01T00:00:00+00:00")]
    [InlineData("1700000000", "2023-11-14T22:13:20+00:00")]
    [InlineData("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00")]
    [InlineData("2026-01-31T12:00:00+02:00", "2026-01-31T12:00:00+02:00")]
    [InlineData("2026-01-31", "2026-01-31T00:00:00+00:00")]
    [InlineData("253402300799", "9999-12-31T23:59:59+00:00")]
    public void A_time_is_a_number_or_a_date(string? text, string? time) =>
        Assert.Equal(time, CommitCommand.ReadTime(text, "--created")?.ToString("yyyy-MM-dd'T'HH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("yesterday")]
    [InlineData("-1")]
    [InlineData("253402300800")]
    public void Any_other_time_is_an_error_that_names_its_source(string text)
    {
        var error = Assert.Throws<LoamException>(() => CommitCommand.ReadTime(text, "SOURCE_DATE_EPOCH"));
        Assert.Equal((ErrorCodes.Usage, $"SOURCE_DATE_EPOCH: \"{text}\" is not a time"), (error.Code, error.Message));
    }

    [Fact]
    public void Now_is_the_clocks_time()
    {
        var now = CommitCommand.ReadTime("now", "--created")!.Value;
        Assert.InRange((TimeProvider.System.GetUtcNow() - now).TotalSeconds, 0, 60);
    }

    [Fact]
    public async Task A_log_is_followed_from_where_it_was_left_and_a_new_one_from_its_beginning()
    {
        using var folder = new TemporaryFolder();
        var token = TestContext.Current.CancellationToken;
        using var output = new MemoryStream();
        Assert.Equal(0, await LogsCommand.CopyAsync(folder["log"], 0, output, token));
        await File.WriteAllTextAsync(folder["log"], "one\n", token);
        var position = await LogsCommand.CopyAsync(folder["log"], 0, output, token);
        await File.AppendAllTextAsync(folder["log"], "two\n", token);
        position = await LogsCommand.CopyAsync(folder["log"], position, output, token);
        Assert.Equal(8, position);
        Assert.Equal(8, await LogsCommand.CopyAsync(folder["log"], position, output, token));
        await File.WriteAllTextAsync(folder["log"], "new\n", token);
        Assert.Equal(4, await LogsCommand.CopyAsync(folder["log"], position, output, token));
        Assert.Equal("one\ntwo\nnew\n", Encoding.UTF8.GetString(output.ToArray()));
    }
}
