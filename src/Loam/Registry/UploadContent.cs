using System.Net;
using Loam.Files;
using Loam.Telemetry;

namespace Loam.Registry;

/// <summary>A part of a blob as the body of a request.</summary>
/// <param name="open">Opens the blob from its first byte; it can seek.</param>
/// <param name="offset">The first byte.</param>
/// <param name="length">How many bytes.</param>
/// <param name="server">The registry that gets it.</param>
/// <param name="alive">Called whenever bytes have gone out.</param>
/// <param name="progress">Receives the number of bytes of the blob sent so far, those before <paramref name="offset"/> included.</param>
internal sealed class UploadContent(Func<Stream> open, long offset, long length, string server, Action alive, Action<long> progress) : HttpContent
{
    private const int BufferBytes = 256 << 10;

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // What goes wrong with the source is not the network's fault, and trying again would not help.
        var host = FailureGuard.ForStore(folder: null);
        var source = host.Run(open);
        await using (source.ConfigureAwait(false))
        {
            source.Seek(offset, SeekOrigin.Begin);
            var buffer = new byte[BufferBytes];
            for (var done = 0L; done < length;)
            {
                var wanted = buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - done));
                var read = await host.RunAsync(() => source.ReadAsync(wanted, cancellationToken).AsTask()).ConfigureAwait(false);
                if (read == 0)
                {
                    throw new LoamException(ErrorCodes.StoreDamaged, "a blob became shorter while it was being pushed");
                }

                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                done += read;
                Instruments.SentBytes.Add(read, Instruments.Server(server));
                alive();
                progress(offset + done);
            }
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long count)
    {
        count = length;
        return true;
    }
}
