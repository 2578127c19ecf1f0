using System.Globalization;

namespace Loam.Cli.Output;

/// <summary>Sizes for people.</summary>
internal static class Sizes
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>Decimal units, one digit behind the point: <c>268.4 MB</c>.</summary>
    public static string Format(long bytes)
    {
        var value = (double)bytes;
        var unit = 0;
        for (; value >= 999.95 && unit < Units.Length - 1; unit++)
        {
            value /= 1000;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? value : Math.Round(value, 1))} {Units[unit]}");
    }
}

/// <summary>Times for programs.</summary>
internal static class Times
{
    /// <summary>RFC 3339 in UTC, to the second.</summary>
    public static string Format(DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture, $"{time.UtcDateTime:s}Z");
}

/// <summary>Digests for people.</summary>
internal static class Digests
{
    private const int ShownDigits = 12;

    /// <summary>The algorithm and the first digits: <c>sha256:0123456789ab</c>.</summary>
    public static string Short(Digest digest)
    {
        var text = digest.ToString();
        return text[..(text.IndexOf(':', StringComparison.Ordinal) + 1 + ShownDigits)];
    }
}
