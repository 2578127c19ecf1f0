using System.Net.Sockets;
using Loam.Machines.Machine;
using Loam.TestKit;

namespace Loam.Machines.Tests.Machine;

/// <summary>QEMU's control protocol, without QEMU.</summary>
public sealed class QmpTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeQemu _qemu;

    public QmpTests() => _qemu = new FakeQemu(_folder.Path);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _qemu.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Answers_are_told_from_events_and_errors()
    {
        using var qmp = await ConnectAsync();
        _qemu.Answer = _ => """{"event":"RESUME"}""" + "\n" + """{"return":{"x":7}}""";
        using var answer = await qmp.ExecuteAsync("x", null, Stop);
        Assert.Equal(7, answer.RootElement.GetProperty("return").GetProperty("x").GetInt32());
        _qemu.Answer = _ => """{"error":{"class":"GenericError","desc":"no such device"}}""";
        Assert.False(await qmp.TryAsync("x", null, Stop));
        var failure = await Assert.ThrowsAsync<LoamException>(() => qmp.RunAsync("x", null, Stop));
        Assert.Same(ErrorCodes.MachineLost, failure.Code);
        Assert.Contains("no such device", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_answer_is_read_whole_and_one_beyond_bounds_is_not()
    {
        using var qmp = await ConnectAsync();
        _qemu.Answer = _ => $$"""{"return":"{{new string('x', 1 << 19)}}"}""";
        using var answer = await qmp.ExecuteAsync("x", null, Stop);
        Assert.Equal(1 << 19, answer.RootElement.GetProperty("return").GetString()!.Length);
        _qemu.Answer = _ => $$"""{"return":"{{new string('x', (1 << 20) + (64 << 10))}}"}""";
        Assert.Same(ErrorCodes.MachineLost, (await Assert.ThrowsAsync<LoamException>(() => qmp.RunAsync("x", null, Stop))).Code);
    }

    [Fact]
    public async Task Nobody_there_is_a_machine_that_is_lost()
    {
        _qemu.Dispose();
        Assert.Same(ErrorCodes.MachineLost, (await Assert.ThrowsAsync<LoamException>(ConnectAsync)).Code);

        // A socket that a machine which was killed left behind.
        using var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        left.Bind(new UnixDomainSocketEndPoint(_folder[QemuArguments.ControlName]));
        Assert.False(await Qmp.ListensAsync(_folder.Path, QemuArguments.ControlName, Stop));
        Assert.Same(ErrorCodes.MachineLost, (await Assert.ThrowsAsync<LoamException>(ConnectAsync)).Code);
    }

    private Task<Qmp> ConnectAsync() => Qmp.ConnectAsync(_folder.Path, QemuArguments.ControlName, Stop);
}
