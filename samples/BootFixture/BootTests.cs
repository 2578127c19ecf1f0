namespace BootFixture;

/// <summary>Tests that need a real kernel: each runs in the one machine that the fixture booted.</summary>
public sealed class BootTests(BootedImage machine) : IClassFixture<BootedImage>
{
    [Fact]
    public async Task The_root_file_system_is_a_writable_ext4()
    {
        var result = await machine.RunAsync("sh", "-c", "grep ' / ' /proc/mounts");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(" / ext4 rw,", result.Output);
    }

    [Fact]
    public async Task A_file_that_is_written_can_be_read_back()
    {
        var written = await machine.RunAsync("sh", "-c", "echo hello >/greeting && sync");
        Assert.Equal(new GuestResult(0, "", ""), written);

        var read = await machine.RunAsync("cat", "/greeting");
        Assert.Equal(new GuestResult(0, "hello\n", ""), read);
    }

    [Fact]
    public async Task A_failure_is_an_exit_code_and_a_message()
    {
        var result = await machine.RunAsync("cat", "/nothing");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("/nothing", result.Error);
    }
}
