using Loam.Cli.Commands;

namespace Loam.Cli.Tests.InProcess;

/// <summary>Questions before something is deleted.</summary>
public sealed class ConfirmationTests
{
    [Theory]
    [InlineData("y\n", true)]
    [InlineData(" Yes \n", true)]
    [InlineData("YES", true)]
    [InlineData("n\n", false)]
    [InlineData("\n", false)]
    [InlineData("", false)]
    [InlineData("yeah\n", false)]
    public void Only_a_yes_goes_on(string answer, bool goesOn)
    {
        using var answers = new StringReader(answer);
        using var terminal = new StringWriter();
        var refused = Record.Exception(() => Confirmation.Ask("delete 5 blobs (102 kB)", answers, terminal));
        Assert.Equal("Delete 5 blobs (102 kB)? [y/N] ", terminal.ToString());
        Assert.Equal(goesOn, refused is null);
        if (!goesOn)
        {
            var failure = Assert.IsType<LoamException>(refused);
            Assert.Equal(
                (ErrorCodes.NeedsConfirmation, "cancelled; nothing was deleted", "Answer y to confirm."), (failure.Code, failure.Message, failure.Hint));
        }
    }

    [Fact]
    public void An_agent_is_refused_and_told_what_it_would_have_done()
    {
        var failure = Assert.Throws<LoamException>(() => Confirmation.Demand("delete 1 disk (4 MB)", agent: true));
        Assert.Equal((ErrorCodes.NeedsConfirmation, "this would delete 1 disk (4 MB)"), (failure.Code, failure.Message));
        Assert.Equal(ErrorCodes.NeedsConfirmation.Hint, failure.Hint);
    }
}
