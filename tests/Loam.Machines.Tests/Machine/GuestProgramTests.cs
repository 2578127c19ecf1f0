using System.Text;
using Loam.TestKit;

namespace Loam.Machines.Tests.Machine;

/// <summary>What the guest's agent is told of a program.</summary>
public sealed class GuestProgramTests
{
    [Fact]
    public void Variables_take_the_place_of_the_usual_ones_and_the_last_of_a_name_counts()
    {
        var script = new GuestProgram { Command = ["env"], HostName = "w", Env = ["PATH=/mine", "A=1", "A=2", "HOSTNAME=other", "=x", "y"] }.Script();
        Assert.Contains(" 'PATH=/mine' ", script, StringComparison.Ordinal);
        Assert.Contains(" 'HOSTNAME=other' ", script, StringComparison.Ordinal);
        Assert.Contains(" 'A=2' ", script, StringComparison.Ordinal);
        Assert.DoesNotContain("A=1", script, StringComparison.Ordinal);
        Assert.DoesNotContain("'=x'", script, StringComparison.Ordinal);
        Assert.Contains("HOME=\"$home\" ", script, StringComparison.Ordinal);
        Assert.DoesNotContain("$home", new GuestProgram { Command = ["env"], HostName = "w", Env = ["HOME=/h"] }.Script(), StringComparison.Ordinal);
        Assert.Contains("'HOSTNAME=w'", new GuestProgram { Command = ["env"], HostName = "w" }.Script(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "identify '0' ''\n")]
    [InlineData("app", "identify 'app' ''\n")]
    [InlineData("app:staff", "identify 'app' 'staff'\n")]
    [InlineData(":7", "identify '0' '7'\n")]
    public void A_user_may_name_a_group(string user, string said) =>
        Assert.StartsWith(said, new GuestProgram { Command = ["id"], HostName = "w", User = user }.Script(), StringComparison.Ordinal);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4096, 1)]
    [InlineData(4097, 2)]
    public void A_script_goes_in_whole_blocks(int length, int blocks)
    {
        var frame = GuestProgram.Frame(new string('x', length));
        var head = Encoding.ASCII.GetBytes($"{blocks}\n");
        Assert.Equal(head.Length + (blocks * 4096), frame.Length);
        Assert.Equal(head, frame[..head.Length]);
        Assert.Equal(length, frame.Count(value => value == (byte)'x'));
        Assert.DoesNotContain((byte)0, frame);
    }

    [Fact]
    public void A_zero_byte_goes_nowhere() => Assert.Same(
        ErrorCodes.GuestCommandInvalid,
        Assert.Throws<LoamException>(() => new GuestProgram { Command = ["a\0b"], HostName = "w" }.Script()).Code);
}
