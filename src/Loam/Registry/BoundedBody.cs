namespace Loam.Registry;

/// <summary>Reads small answers whole, however much a stranger sends.</summary>
internal static class BoundedBody
{
    /// <exception cref="LoamException">The body is longer than <paramref name="cap"/>.</exception>
    public static async Task<byte[]> ReadAsync(HttpResponseMessage response, long cap, CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var content = new MemoryStream();
            var buffer = new byte[16 << 10];
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (content.Length + read > cap)
                {
                    throw new LoamException(
                        ErrorCodes.RegistryProtocol, $"{response.RequestMessage?.RequestUri?.Authority} sent more than the {cap} bytes that were expected");
                }

                content.Write(buffer, 0, read);
            }

            return content.ToArray();
        }
    }
}
