using System.Net.Sockets;
using System.Text;
using Loam.Machines.Machine;
using Loam.TestKit;

namespace Loam.Machines.Tests.Machine;

/// <summary>What a guest's agent says, without a guest.</summary>
public sealed class GuestSessionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeQemu _qemu;

    public GuestSessionTests() => _qemu = new FakeQemu(_folder.Path);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _qemu.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    public async Task A_program_ends_with_its_code_when_all_its_output_has_come(int code)
    {
        using var session = await GuestSession.StartAsync(_folder.Path, "script", SessionKind.Streams, Stop);
        Assert.Contains(" streams", await File.ReadAllTextAsync(_folder["agent.in"], Stop), StringComparison.Ordinal);
        await _qemu.SayAsync("control", "started\n");
        await session.TakenAsync(Stop);
        var (output, error) = (new MemoryStream(), new MemoryStream());
        var ended = session.CompleteAsync(new GuestStreams(new MemoryStream("typed"u8.ToArray()), output, error), Stop);
        Assert.Equal("typed", await ReadAllAsync("stdin"));
        await _qemu.SayAsync("control", $"exit {code} 9 4\n");
        await _qemu.SayAsync("stdout", "the out");
        await _qemu.SayAsync("stderr", "oops");
        Assert.False(ended.IsCompleted);
        await _qemu.SayAsync("stdout", "!!");
        Assert.Equal(code, await ended.WaitAsync(TimeSpan.FromSeconds(20), Stop));
        Assert.Equal(("the out!!", "oops"), (Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray())));
    }

    [Theory]
    [InlineData("exit 256 0 0")]
    [InlineData("exit -1 0 0")]
    [InlineData("exit 0 0")]
    [InlineData("exit 0 x 0")]
    [InlineData("hello")]
    public async Task What_no_agent_says_is_refused(string line)
    {
        using var session = await GuestSession.StartAsync(_folder.Path, "script", SessionKind.Detached, Stop);
        await _qemu.SayAsync("control", line + "\n");
        Assert.Same(ErrorCodes.MachineLost, (await Assert.ThrowsAsync<LoamException>(() => session.CompleteAsync(Stop))).Code);
    }

    [Fact]
    public async Task A_line_without_an_end_is_not_read_for_ever()
    {
        using var session = await GuestSession.StartAsync(_folder.Path, "script", SessionKind.Detached, Stop);
        await _qemu.SayAsync("control", new string('x', 4095) + "\n");
        Assert.Contains("xxx", (await Assert.ThrowsAsync<LoamException>(() => session.TakenAsync(Stop))).Message, StringComparison.Ordinal);
        await _qemu.SayAsync("control", new string('x', 4096));
        var failure = await Assert.ThrowsAsync<LoamException>(() => session.TakenAsync(Stop).WaitAsync(TimeSpan.FromSeconds(20), Stop));
        Assert.Same(ErrorCodes.MachineLost, failure.Code);
    }

    [Fact]
    public async Task What_the_agent_cannot_do_is_the_command_s_fault()
    {
        using var session = await GuestSession.StartAsync(_folder.Path, "script", SessionKind.Detached, Stop);
        await _qemu.SayAsync("control", "failed there is no user x\n");
        var failure = await Assert.ThrowsAsync<LoamException>(() => session.CompleteAsync(Stop));
        Assert.Equal((ErrorCodes.GuestCommandInvalid, "there is no user x"), (failure.Code, failure.Message));
    }

    [Fact]
    public async Task A_paused_machine_starts_nothing()
    {
        _qemu.Answer = command => command == "query-status" ? """{"return":{"status":"paused"}}""" : null;
        var failure = await Assert.ThrowsAsync<LoamException>(() => GuestSession.StartAsync(_folder.Path, "script", SessionKind.Streams, Stop));
        Assert.Same(ErrorCodes.WorkspacePaused, failure.Code);
    }

    [Fact]
    public async Task A_terminal_s_size_and_input_are_escaped_as_telnet_has_it()
    {
        using var session = await GuestSession.StartAsync(_folder.Path, "script", SessionKind.Terminal, Stop);
        var output = new MemoryStream();
        var ended = session.CompleteAsync(new GuestStreams(new MemoryStream([1, 255, 2]), output, Stream.Null, new WindowSize(255, 24)), Stop);
        var terminal = await _qemu.PortAsync("terminal");
        var sent = new byte[14];
        await new NetworkStream(terminal).ReadExactlyAsync(sent, Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.Equal([255, 250, 31, 0, 255, 255, 0, 24, 255, 240, 1, 255, 255, 2], sent);

        // Telnet's own before the agent's mark, an escaped byte, and the end of the record.
        await terminal.SendAsync(new byte[] { (byte)'n', 255, 253, 31, 1, (byte)'a', 255, 255, (byte)'b', 255, 239 }, Stop);
        await _qemu.SayAsync("control", "exit 3 0 0\n");
        Assert.Equal(3, await ended);
        Assert.Equal([(byte)'a', 255, (byte)'b'], output.ToArray());
    }

    private async Task<string> ReadAllAsync(string port)
    {
        using var reader = new StreamReader(new NetworkStream(await _qemu.PortAsync(port)));
        return await reader.ReadToEndAsync(Stop);
    }
}
