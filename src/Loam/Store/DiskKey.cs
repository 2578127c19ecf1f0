using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Loam.Store;

namespace Loam;

/// <summary>Identifies a disk: its image's manifest digest and the options it was made with. Everything about a
/// disk that another tool would choose at random is derived from it.</summary>
public readonly record struct DiskKey
{
    internal const string FolderPrefix = "sha256-";

    private DiskKey(string hex) => Hex = hex;

    /// <summary>64 hexadecimal digits: the manifest's own digest where every option has its default.</summary>
    public string Hex { get; }

    /// <summary>The name of the disk's folder in the store.</summary>
    public string FolderName => FolderPrefix + Hex;

    /// <summary>Makes the key of an image's disk.</summary>
    /// <param name="manifest">The digest of the image's manifest.</param>
    /// <param name="options">How the disk is made.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    public static DiskKey Of(Digest manifest, DiskOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Of(manifest, options.Record);
    }

    /// <summary>Makes the key of a disk that was made with recorded options.</summary>
    /// <param name="manifest">The digest of the image's manifest.</param>
    /// <param name="record">The options, as <c>disk.json</c> has them.</param>
    /// <returns>The key.</returns>
    public static DiskKey Of(Digest manifest, DiskOptionsRecord record) =>
        record == new DiskOptions().Record && manifest.Algorithm == "sha256"
            ? new DiskKey(manifest.Hex)
            : new DiskKey(Digest.Sha256(Encoding.UTF8.GetBytes(
                $"loam disk\n{manifest}\n{JsonSerializer.Serialize(record, StoreJson.Default.DiskOptionsRecord)}")).Hex);

    /// <summary>Derives a UUID for one purpose from this key (RFC 9562, version 8).</summary>
    /// <param name="purpose">What it is for; each purpose gives another UUID.</param>
    /// <returns>The UUID, always the same for the same disk and purpose.</returns>
    public Guid DeriveUuid(string purpose)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{purpose}\n{Hex}"), hash);
        var bytes = hash[..16];
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
