using Loam.TestKit;

namespace Loam.Tests;

/// <summary>Blobs that are sent to registries of every temper.</summary>
public sealed class UploadTests
{
    private const int Mebibyte = 1 << 20;

    private static readonly RegistryOptions Quick = new() { RetryDelay = TimeSpan.FromMilliseconds(1), Retries = 3, StallTimeout = TimeSpan.FromSeconds(20) };
    private static readonly byte[] Large = TestImage.Noise(70 * Mebibyte, 12);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, "PUT 0")]
    [InlineData(1, "PUT 1")]
    [InlineData(4 * Mebibyte, "PUT 4194304")]
    [InlineData(4 * Mebibyte + 1, "PATCH 4194305, PUT 0")]
    [InlineData(33 * Mebibyte, "PATCH 33554432, PATCH 1048576, PUT 0")]
    public async Task Small_blobs_go_whole_and_large_ones_in_chunks(int length, string requests)
    {
        await using var registry = InProcessRegistry.Start();
        Assert.Equal(UploadOutcome.Uploaded, await PushAsync(registry, Large[..length]));
        var sent = registry.Calls.Where(call => call.Method is "PUT" or "PATCH").ToList();
        Assert.Equal(requests, string.Join(", ", sent.Select(call => $"{call.Method} {call.Body.Length}")));
        var at = 0L;
        foreach (var patch in sent.Where(call => call.Method == "PATCH"))
        {
            Assert.Equal($"{at}-{at + patch.Body.Length - 1}", patch.Headers["Content-Range"]);
            at += patch.Body.Length;
        }

        Assert.All(sent.Where(call => call.Body.Length > 0), call => Assert.Equal("application/octet-stream", call.Headers["Content-Type"]));
    }

    [Fact]
    public async Task After_a_break_it_goes_on_where_the_registry_is()
    {
        await using var registry = InProcessRegistry.Start();
        var patches = 0;
        registry.Script = call => call.Method == "PATCH" && ++patches == 2 ? new Misbehaviour.Answer(503) : null;
        Assert.Equal(UploadOutcome.Uploaded, await PushAsync(registry, Large));
        Assert.Equal(
            ["HEAD", "POST", "PATCH 33554432", "PATCH 33554432", "GET", "PATCH 33554432", "PATCH 6291456", "PUT"],
            registry.Calls.Select(call => call.Method + (call.Method == "PATCH" ? $" {call.Body.Length}" : "")));
    }

    [Fact]
    public async Task A_registry_that_forgot_the_upload_gets_all_of_it_again()
    {
        await using var registry = InProcessRegistry.Start();
        var patches = 0;
        registry.Script = call => call.Method == "PATCH" && ++patches == 2 || call is { Method: "GET", IsBlob: true } ? new Misbehaviour.Answer(404) : null;
        Assert.Equal(UploadOutcome.Uploaded, await PushAsync(registry, Large[..(33 * Mebibyte)]));
        Assert.Equal(["HEAD", "POST", "PATCH", "PATCH", "GET", "POST", "PATCH", "PATCH", "PUT"], registry.Calls.Select(call => call.Method));
    }

    [Theory]
    [InlineData(405)]
    [InlineData(501)]
    public async Task A_registry_that_takes_no_chunks_gets_it_whole(int status)
    {
        await using var registry = InProcessRegistry.Start();
        registry.Script = call => call.Method == "PATCH" ? new Misbehaviour.Answer(status) : null;
        var content = Large[..(5 * Mebibyte)];
        Assert.Equal(UploadOutcome.Uploaded, await PushAsync(registry, content));
        Assert.Equal(content, registry.FindBlob(Digest.Sha256(content)));
        Assert.Equal(content.Length, registry.Calls[^1].Body.Length);
    }

    [Theory]
    [InlineData("0-10")]
    [InlineData("0-99999999")]
    public async Task A_registry_that_says_nonsense_about_how_far_it_is_starts_from_the_beginning(string range)
    {
        await using var registry = InProcessRegistry.Start();
        var patches = 0;
        registry.Script = call => call.Method == "PATCH" && ++patches == 2 ? new Misbehaviour.Answer(202, "", ("Location", call.Path), ("Range", range))
            : call is { Method: "GET", IsBlob: true } ? new Misbehaviour.Answer(404) : null;
        Assert.Equal(UploadOutcome.Uploaded, await PushAsync(registry, Large[..(33 * Mebibyte)]));
        Assert.Equal(2, registry.Calls.Count(call => call.Method == "POST"));
    }

    [Fact]
    public async Task Less_than_was_sent_is_followed()
    {
        await using var registry = InProcessRegistry.Start();
        var content = Large[..(6 * Mebibyte)];
        var taken = new MemoryStream();
        registry.Script = call =>
        {
            if (call.Method != "PATCH")
            {
                return call.Method == "PUT" ? new Misbehaviour.Answer(201) : null;
            }

            // It keeps at most two mebibytes of what comes.
            taken.Write(call.Body, 0, Math.Min(call.Body.Length, 2 * Mebibyte));
            return new Misbehaviour.Answer(202, "", ("Location", call.Path), ("Range", $"0-{taken.Length - 1}"));
        };
        Assert.Equal(UploadOutcome.Uploaded, await PushAsync(registry, content));
        Assert.Equal(content, taken.ToArray());
    }

    [Fact]
    public async Task What_never_works_ends()
    {
        await using var registry = InProcessRegistry.Start();
        registry.Script = call => call.Method == "PUT" ? new Misbehaviour.Answer(404) : null;
        Assert.Equal(ErrorCodes.UploadLost, (await Assert.ThrowsAsync<LoamException>(() => PushAsync(registry, []))).Code);
        Assert.Equal(4, registry.Calls.Count(call => call.Method == "PUT"));
        registry.ForgetCalls();
        registry.Script = call => call.Method == "POST" ? new Misbehaviour.Answer(403) : null;
        Assert.Equal(ErrorCodes.Forbidden, (await Assert.ThrowsAsync<LoamException>(() => PushAsync(registry, [1]))).Code);
        Assert.Equal(["HEAD", "POST"], registry.Calls.Select(call => call.Method));
    }

    [Fact]
    public async Task A_registry_that_loses_every_upload_is_given_up()
    {
        await using var registry = InProcessRegistry.Start();
        registry.Script = call => call.Method == "PUT" ? new Misbehaviour.Answer(404) : null;
        var error = await Assert.ThrowsAsync<LoamException>(() => PushAsync(registry, [1]));
        Assert.Equal(ErrorCodes.UploadLost, error.Code);

        // Bytes moved each time, which is not counted as a failure; but there is an end to it.
        Assert.InRange(registry.Calls.Count(call => call.Method == "POST"), 100, 110);
    }

    [Theory]
    [InlineData(201, "Mounted")]
    [InlineData(202, "Uploaded")]
    [InlineData(404, "Uploaded")]
    public async Task A_sibling_repository_is_asked_first(int answer, string outcome)
    {
        await using var registry = InProcessRegistry.Start();
        registry.Script = call => call.Method != "POST" || call.Query.Length == 0 ? null
            : answer == 202 ? new Misbehaviour.Answer(202, "", ("Location", "/v2/team/app/blobs/uploads/none"))
            : new Misbehaviour.Answer(answer);
        using var client = new RegistryClient(Quick);
        byte[] content = [1, 2, 3];
        var blob = new Descriptor { MediaType = "x/y", Digest = Digest.Sha256(content), Size = content.Length };
        var pushed = await client.PushBlobAsync(
            ImageReference.Parse($"{registry.Host}/team/app:1"), blob, () => new MemoryStream(content), mountFrom: "team/base", cancellationToken: Token);
        Assert.Equal(outcome, pushed.ToString());
        Assert.Equal($"mount={blob.Digest}&from=team/base", registry.Calls.First(call => call.Method == "POST").Query);
    }

    private static async Task<UploadOutcome> PushAsync(InProcessRegistry registry, byte[] content)
    {
        using var client = new RegistryClient(Quick);
        var blob = new Descriptor { MediaType = "x/y", Digest = Digest.Sha256(content), Size = content.Length };
        return await client.PushBlobAsync(
            ImageReference.Parse($"{registry.Host}/team/app:1"), blob, () => new MemoryStream(content), cancellationToken: Token);
    }
}
