using System.Diagnostics;
using System.Net;
using System.Security.Authentication;
using Loam.Registry;
using Loam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loam.Tests;

/// <summary>When and how often something is tried again.</summary>
public sealed class RetryTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RegistryOptions Options = new() { RetryDelay = TimeSpan.FromMilliseconds(100), MaximumRetryDelay = TimeSpan.FromSeconds(2) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pauses_double_on_average_with_jitter_up_to_the_cap()
    {
        const int Series = 40;
        const int Tries = 9;
        var pauses = new double[Series][];
        for (var i = 0; i < Series; i++)
        {
            var time = new ImpatientTime(Now);
            await Assert.ThrowsAsync<IOException>(() => FailAsync(Options with { Retries = Tries }, time, _ => new IOException("broken")));
            pauses[i] = [.. time.Pauses.Select(pause => pause.TotalMilliseconds)];
            Assert.Equal(Tries, pauses[i].Length);
        }

        for (var n = 0; n < Tries; n++)
        {
            var (number, doubled) = (n, 100 * Math.Pow(2, n));
            Assert.All(pauses, series => Assert.InRange(series[number], 0, Math.Min(2000, doubled * 1.5)));
            if (doubled * 1.5 < 2000)
            {
                Assert.True(pauses.Select(series => series[number]).Distinct().Count() > Series / 2, $"no jitter in pause {n}");
                Assert.InRange(pauses.Average(series => series[number]), doubled * 0.3, doubled);
            }
        }

        Assert.Equal(2000, pauses.Max(series => series[^1]));
        Assert.InRange(pauses.Average(series => series[^1]), 1500, 2000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task After_so_many_further_tries_the_last_failure_stands(int retries)
    {
        var time = new ImpatientTime(Now);
        var tries = 0;
        var error = await Assert.ThrowsAsync<IOException>(() => FailAsync(Options with { Retries = retries }, time, _ => new IOException($"try {++tries}")));
        Assert.Equal((retries + 1, $"try {retries + 1}", retries), (tries, error.Message, time.Pauses.Count));
    }

    [Fact]
    public async Task Settings_beyond_all_measure_are_cut_to_a_day()
    {
        var time = new ImpatientTime(Now);
        var options = Options with { Retries = 100, RetryDelay = TimeSpan.MaxValue, MaximumRetryDelay = TimeSpan.MaxValue };
        await Assert.ThrowsAsync<IOException>(() => FailAsync(options, time, _ => new IOException("broken")));
        Assert.Equal(100, time.Pauses.Count);
        Assert.Equal(TimeSpan.FromDays(1), time.Pauses.Max());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Only_tries_that_gained_nothing_are_counted(int retries)
    {
        var time = new ImpatientTime(Now);
        var tries = 0;
        var policy = new RetryPolicy(Options with { Retries = retries }, time, NullLogger.Instance);
        await Assert.ThrowsAsync<IOException>(async () => await policy.RunAsync<int>(
            _ => throw new IOException($"try {++tries}"), Token, gained: () => tries <= 20));
        Assert.Equal(20 + 1 + retries, tries);
        Assert.All(time.Pauses.Take(20), pause => Assert.InRange(pause.TotalMilliseconds, 0, 150));
    }

    [Fact]
    public async Task What_succeeds_is_given_back()
    {
        var left = 2;
        var policy = new RetryPolicy(Options, new ImpatientTime(Now), NullLogger.Instance);
        Assert.Equal(7, await policy.RunAsync(_ => left-- > 0 ? throw new TimeoutException() : ValueTask.FromResult(7), Token));
        Assert.Equal(8, await policy.RunAsync(_ => ValueTask.FromResult(8), Token, former: new IOException("before")));
    }

    public static TheoryData<Exception, bool> Failures => new()
    {
        { new IOException(), true },
        { new TimeoutException(), true },
        { new HttpRequestException(), true },
        { new HttpRequestException("tls", new AuthenticationException()), false },
        { new LoamException(ErrorCodes.RegistryUnavailable, ""), true },
        { new LoamException(ErrorCodes.TooManyRequests, ""), true },
        { new LoamException(ErrorCodes.UploadLost, ""), true },
        { new LoamException(ErrorCodes.TlsUntrusted, ""), false },
        { new LoamException(ErrorCodes.RegistryProtocol, ""), false },
        { new LoamException(ErrorCodes.DigestMismatch, ""), false },
        { new LoamException(ErrorCodes.DiskFull, ""), false },
        { new OperationCanceledException(), false },
        { new InvalidOperationException(), false },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Only_what_may_pass_is_tried_again(Exception failure, bool passes)
    {
        var time = new ImpatientTime(Now);
        Assert.Same(failure, await Record.ExceptionAsync(() => FailAsync(Options with { Retries = 2 }, time, _ => failure)));
        Assert.Equal(passes ? 2 : 0, time.Pauses.Count);
    }

    [Fact]
    public async Task Cancelling_ends_a_pause_at_once()
    {
        using var stop = new CancellationTokenSource();
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => FailAsync(
            Options with { RetryDelay = TimeSpan.FromHours(1), MaximumRetryDelay = TimeSpan.FromHours(1) },
            TimeProvider.System,
            _ =>
            {
                stop.CancelAfter(20);
                return new LoamException(ErrorCodes.TooManyRequests, "") { RetryAfter = TimeSpan.FromSeconds(50) };
            },
            stop.Token));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }

    [Theory]
    [InlineData("7", null, 7)]
    [InlineData("3600", null, 60)]
    [InlineData("Thu, 01 Jan 2026 00:00:42 GMT", null, 42)]
    [InlineData("Thu, 01 Jan 2026 01:00:30 GMT", "Thu, 01 Jan 2026 01:00:00 GMT", 30)]
    [InlineData("Thu, 01 Jan 2026 01:00:30 GMT", null, 60)]
    public async Task What_a_registry_wishes_is_followed_up_to_a_limit(string wish, string? itsClock, int seconds)
    {
        await using var registry = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().End()).Push(registry, "app", "1");
        var left = 2;
        registry.Script = _ => left-- > 0 ? Busy(wish, itsClock) : null;
        var time = new ImpatientTime(Now);
        using var client = new RegistryClient(Options, time: time);
        await client.GetManifestAsync(Reference(registry), Token);
        Assert.Equal([TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(seconds)], time.Pauses);

        // A blob is fetched and sent by the same rules.
        var content = TestImage.Noise(10, 1);
        var blob = new Descriptor { MediaType = "x/y", Digest = registry.AddBlob(content), Size = content.Length };
        left = 1;
        Assert.Equal(content, await client.GetBlobBytesAsync(Reference(registry), blob, 100, Token));
        registry.Script = call => call.Method == "POST" && left++ == 0 ? Busy(wish, itsClock) : null;
        left = 0;
        var other = new Descriptor { MediaType = "x/y", Digest = Digest.Sha256([1, 2, 3]), Size = 3 };
        await client.PushBlobAsync(Reference(registry), other, () => new MemoryStream([1, 2, 3]), cancellationToken: Token);
        Assert.Equal(4, time.Pauses.Count);
        Assert.All(time.Pauses, pause => Assert.Equal(seconds, pause.TotalSeconds));
    }

    [Fact]
    public async Task A_registry_may_wish_to_be_asked_again_at_once()
    {
        await using var registry = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().End()).Push(registry, "app", "1");
        var left = 2;
        registry.Script = _ => left-- > 0 ? Busy("0", null) : null;
        var time = new ImpatientTime(Now);
        using var client = new RegistryClient(Options, time: time);
        await client.GetManifestAsync(Reference(registry), Token);
        Assert.Empty(time.Pauses);
    }

    [Theory]
    [InlineData("Wed, 31 Dec 2025 23:00:00 GMT")]
    [InlineData("soon")]
    public async Task A_wish_that_makes_no_sense_is_no_wish(string wish)
    {
        await using var registry = InProcessRegistry.Start();
        new TestImage().Add(new TarAuthor().End()).Push(registry, "app", "1");
        var left = 1;
        registry.Script = _ => left-- > 0 ? Busy(wish, null) : null;
        var time = new ImpatientTime(Now);
        using var client = new RegistryClient(Options, time: time);
        await client.GetManifestAsync(Reference(registry), Token);
        Assert.InRange(Assert.Single(time.Pauses).TotalMilliseconds, 0, 150);
    }

    [Theory]
    [InlineData(408, true)]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(504, true)]
    [InlineData(507, false)]
    [InlineData(404, false)]
    [InlineData(403, false)]
    public async Task Only_answers_that_may_pass_are_asked_for_again(int status, bool passes)
    {
        await using var registry = InProcessRegistry.Start();
        registry.Script = _ => new Misbehaviour.Answer(status);
        using var client = new RegistryClient(Options with { Retries = 3 }, time: new ImpatientTime(Now));
        await Assert.ThrowsAsync<LoamException>(() => client.GetManifestAsync(Reference(registry), Token));
        Assert.Equal(passes ? 4 : 1, registry.Calls.Count);
        registry.ForgetCalls();
        var blob = new Descriptor { MediaType = "x/y", Digest = Digest.Sha256([1]), Size = 1 };
        await Assert.ThrowsAsync<LoamException>(() => client.GetBlobBytesAsync(Reference(registry), blob, 100, Token));
        Assert.Equal(passes ? 4 : 1, registry.Calls.Count);
    }

    [Fact]
    public async Task A_blob_that_comes_byte_by_byte_comes_in_the_end()
    {
        await using var registry = InProcessRegistry.Start();
        var content = TestImage.Noise(30, 1);
        var blob = new Descriptor { MediaType = "x/y", Digest = registry.AddBlob(content), Size = content.Length };
        registry.Script = _ => new Misbehaviour.Break(1);
        using var client = new RegistryClient(Options with { Retries = 1 }, time: new ImpatientTime(Now));
        Assert.Equal(content, await client.GetBlobBytesAsync(Reference(registry), blob, 100, Token));
        Assert.Equal(30, registry.Calls.Count);
        registry.ForgetCalls();
        var left = 5;
        registry.Script = _ => left-- > 0 ? new Misbehaviour.Break(1) : new Misbehaviour.Break(0);
        var error = await Assert.ThrowsAsync<LoamException>(() => client.GetBlobBytesAsync(Reference(registry), blob, 100, Token));
        Assert.Equal(ErrorCodes.RegistryUnreachable, error.Code);
        Assert.Equal(5 + 2, registry.Calls.Count);
    }

    private static Misbehaviour.Answer Busy(string wish, string? itsClock) =>
        itsClock is null ? new(503, "", ("Retry-After", wish)) : new(503, "", ("Retry-After", wish), ("Date", itsClock));

    private static ImageReference Reference(InProcessRegistry registry) => ImageReference.Parse($"{registry.Host}/app:1");

    private static async Task FailAsync(RegistryOptions options, TimeProvider time, Func<int, Exception> failure, CancellationToken? cancellationToken = null)
    {
        var tries = 0;
        await new RetryPolicy(options, time, NullLogger.Instance).RunAsync<HttpStatusCode>(_ => throw failure(tries++), cancellationToken ?? Token);
    }
}
