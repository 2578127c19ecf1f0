using System.Text;

namespace Loam.TestKit;

/// <summary>Small damages, the same for the same seed.</summary>
public static class Mutation
{
    public static byte[] Of(byte[] source, Random random)
    {
        var bytes = source.ToArray();
        for (var changes = random.Next(1, 5); changes > 0 && bytes.Length > 0; changes--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes = bytes[..at];
                    break;
                case 3:
                    var length = Math.Min(random.Next(1, 64), bytes.Length - at);
                    bytes = [.. bytes[..at], .. bytes[(at + length)..]];
                    break;
                case 4:
                    bytes = [.. bytes[..at], .. bytes[Math.Max(0, at - 32)..at], .. bytes[at..]];
                    break;
                default:
                    bytes[at] = (byte)"0123456789\"{}[]\0/.\u00ff"[random.Next(19)];
                    break;
            }
        }

        return bytes;
    }

    /// <summary>Makes the headers of a tar archive valid again, so that damage reaches what lies behind the checksum.</summary>
    public static void FixChecksums(byte[] archive)
    {
        for (var at = 0; at + 512 <= archive.Length; at += 512)
        {
            var block = archive.AsSpan(at, 512);
            if (!block.Slice(257, 5).SequenceEqual("ustar"u8))
            {
                continue;
            }

            block.Slice(148, 8).Fill((byte)' ');
            var sum = 0;
            foreach (var b in block)
            {
                sum += b;
            }

            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(block[148..]);
        }
    }
}
