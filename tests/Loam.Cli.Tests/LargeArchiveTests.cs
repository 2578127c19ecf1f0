using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Loam.Filesystems;
using Loam.Layers;
using Loam.Streams;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Large archives go through pipes in little memory: 300 MB, and 3 GB where <c>$LOAM_SOAK</c> is set.</summary>
public sealed class LargeArchiveTests
{
    private const int FileBytes = 60_000_000;
    private const long MostMemory = 150_000_000;

    private static int Files => Environment.GetEnvironmentVariable("LOAM_SOAK") is { Length: > 0 } ? 50 : 5;

    [Theory]
    [InlineData("docker")]
    [InlineData("oci")]
    public async Task From_a_pipe_and_to_a_pipe(string format)
    {
        using var folder = new TemporaryFolder();
        var (peak, layer) = (0L, default(Digest));
        using (var loading = Start(folder, input: true, "load", "--json"))
        {
            var watching = PeakMemory.WatchAsync(loading);
            var output = loading.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            layer = WriteArchive(loading.StandardInput.BaseStream);
            loading.StandardInput.Close();
            await loading.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, loading.ExitCode);
            Assert.Equal("example.org/big:1", (string)JsonNode.Parse(await output)!["images"]![0]!["image_ref"]!);
            peak = await watching;
            Assert.InRange(peak, 1, MostMemory);
        }

        using var saving = Start(folder, input: false, "save", "--format", format, "example.org/big:1");
        var watchingSave = PeakMemory.WatchAsync(saving);
        Assert.Contains(layer, Contents(saving.StandardOutput.BaseStream));
        await saving.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, saving.ExitCode);
        Assert.InRange(await watchingSave, 1, MostMemory);
    }

    private static Process Start(TemporaryFolder folder, bool input, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(LoamBinary.Path, [.. arguments, "--state-dir", folder["state"]])
        {
            UseShellExecute = false,
            RedirectStandardInput = input,
            RedirectStandardOutput = true,
        })!;

    /// <summary>A docker-archive of one layer, made as it is written: a block of noise in every sixteen.</summary>
    /// <returns>The layer's digest.</returns>
    private static Digest WriteArchive(Stream output)
    {
        var tar = new TarWriter(output);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var measured = new CountingOutput(null, null);
        WriteLayer(measured);
        tar.Write(Entry("layer.tar", measured.Count));
        WriteLayer(new CountingOutput(tar, hash));
        var layer = Digest.Finish(hash);
        var config = Encoding.UTF8.GetBytes(
            $$$"""{"architecture":"{{{Platform.Host.Architecture}}}","os":"linux","rootfs":{"type":"layers","diff_ids":["{{{layer}}}"]}}""");
        tar.Write(Entry("config.json", config.Length));
        tar.WriteContent(config);
        var manifest = """[{"Config":"config.json","RepoTags":["example.org/big:1"],"Layers":["layer.tar"]}]"""u8;
        tar.Write(Entry("manifest.json", manifest.Length));
        tar.WriteContent(manifest);
        tar.Finish();
        return layer;
    }

    private static void WriteLayer(Stream output)
    {
        var tar = new TarWriter(output);
        var chunk = new byte[64 << 10];
        for (var file = 0; file < Files; file++)
        {
            tar.Write(Entry($"file-{file}", FileBytes));
            for (var left = FileBytes; left > 0; left -= Math.Min(left, chunk.Length))
            {
                TestImage.Noise(4096, file + left).CopyTo(chunk, 0);
                tar.WriteContent(chunk.AsSpan(0, Math.Min(left, chunk.Length)));
            }
        }

        tar.Finish();
    }

    private static List<Digest> Contents(Stream archive)
    {
        var limits = new LayerLimits();
        var reader = new TarReader(archive, limits, limits.MaximumUncompressedBytes);
        var found = new List<Digest>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (reader.Next() is not null)
        {
            while (reader.ReadContent(1 << 20) is { IsEmpty: false } chunk)
            {
                hash.AppendData(chunk);
            }

            found.Add(Digest.Finish(hash));
        }

        return found;
    }

    private static TarEntry Entry(string name, long size) => new()
    {
        Type = TarType.RegularFile,
        Path = Encoding.ASCII.GetBytes(name),
        Size = size,
        Permissions = 0b110_100_100,
        Modified = Timestamp.Epoch,
    };

    /// <summary>Counts what is written, hashes it, and makes it the content of an entry.</summary>
    private sealed class CountingOutput(TarWriter? tar, IncrementalHash? hash) : WriteOnlyStream
    {
        public long Count { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Count += buffer.Length;
            hash?.AppendData(buffer);
            tar?.WriteContent(buffer);
        }
    }
}
