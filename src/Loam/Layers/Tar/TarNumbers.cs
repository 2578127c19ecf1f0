using System.Globalization;
using System.Text;
using Loam.Filesystems;

namespace Loam.Layers;

/// <summary>Numbers as tar headers write them.</summary>
internal static class TarNumbers
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Octal digits between spaces and NULs (POSIX ustar), or GNU's base-256 where the top bit is set.</summary>
    public static long ReadField(ReadOnlySpan<byte> field, string what)
    {
        if ((field[0] & 0x80) != 0)
        {
            return ReadBase256(field, what);
        }

        var digits = field.Trim(" \0"u8);
        var value = 0L;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3)
            {
                throw TarException.Damaged($"{what} is not an octal number");
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }

    /// <summary>Decimal digits (PAX), not negative.</summary>
    public static long ReadDecimal(ReadOnlySpan<byte> text, string what) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw TarException.Damaged($"{what} is not a decimal number");

    /// <summary>A number that must be an owner: 0 to 2³²−1.</summary>
    public static uint ToId(long value, string what) =>
        value is >= 0 and <= uint.MaxValue ? (uint)value : throw TarException.Damaged($"{what} {value} is out of range");

    /// <summary>Seconds with an optional fraction, perhaps negative (PAX times); finer than nanoseconds is cut off.</summary>
    public static Timestamp ReadTime(ReadOnlySpan<byte> text, string what)
    {
        var negative = text is [(byte)'-', ..];
        var unsigned = negative ? text[1..] : text;
        var point = unsigned.IndexOf((byte)'.');
        var whole = point < 0 ? unsigned : unsigned[..point];
        var fraction = point < 0 ? [] : unsigned[(point + 1)..];
        if (whole.IsEmpty || whole.Length > 18 || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            throw TarException.Damaged($"{what} is not a time");
        }

        var seconds = ReadDecimal(whole, what);
        var nanoseconds = 0L;
        for (var i = 0; i < 9; i++)
        {
            nanoseconds = nanoseconds * 10 + (i < fraction.Length ? fraction[i] - '0' : 0);
        }

        return (negative, nanoseconds) switch
        {
            (false, _) => new Timestamp(seconds, (uint)nanoseconds),
            (true, 0) => new Timestamp(-seconds, 0),
            (true, _) => new Timestamp(-seconds - 1, (uint)(NanosecondsPerSecond - nanoseconds)),
        };
    }

    /// <summary>The text of a time as PAX states it.</summary>
    public static byte[] FormatTime(Timestamp time)
    {
        var (seconds, nanoseconds) = time is { Seconds: < 0, Nanoseconds: > 0 }
            ? (time.Seconds + 1, NanosecondsPerSecond - time.Nanoseconds)
            : (time.Seconds, time.Nanoseconds);
        var sign = time.Seconds < 0 && seconds == 0 ? "-" : "";
        var fraction = nanoseconds == 0 ? "" : "." + nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{sign}{seconds}{fraction}"));
    }

    private static long ReadBase256(ReadOnlySpan<byte> field, string what)
    {
        // Two's complement, big-endian; the first byte's top bit only marks the form.
        var negative = (field[0] & 0x40) != 0;
        var value = negative ? -1L : 0L;
        for (var i = 0; i < field.Length; i++)
        {
            var digit = i == 0 ? (negative ? field[0] : (byte)(field[0] & 0x7F)) : field[i];
            if (value > long.MaxValue >> 8 || value < long.MinValue >> 8)
            {
                throw TarException.Damaged($"{what} does not fit 64 bits");
            }

            value = (value << 8) | digit;
        }

        return value;
    }
}
