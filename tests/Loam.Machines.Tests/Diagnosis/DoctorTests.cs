using Loam.TestKit;

namespace Loam.Machines.Tests;

/// <summary>What this host can do, as it is told.</summary>
public sealed class DoctorTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_runtime_without_support_is_a_weakness_and_nothing_worse()
    {
        using var folder = new TemporaryFolder();
        var store = ImageStore.Open(folder.Path);
        var today = (await new Doctor(store).RunAsync(cancellationToken: Stop)).Single(check => check.Name == "runtime");
        Assert.Equal((Finding.Good, null), (today.Finding, today.Fix));
        Assert.StartsWith(LoamRuntime.Current.Name, today.Detail, StringComparison.Ordinal);

        var late = new ImpatientTime(new DateTimeOffset(2028, 11, 15, 0, 0, 0, TimeSpan.Zero));
        var then = (await new Doctor(store, late).RunAsync(cancellationToken: Stop)).Single(check => check.Name == "runtime");
        Assert.Equal((Finding.Weak, false), (then.Finding, then.Required));
        Assert.Contains("out of support since 2028-11-14", then.Detail, StringComparison.Ordinal);
        Assert.NotNull(then.Fix);
    }
}
