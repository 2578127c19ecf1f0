using System.CommandLine.Parsing;
using System.Globalization;

namespace Loam.Cli.Options;

/// <summary>Values of options that are numbers, each of a range.</summary>
internal static class Numbers
{
    /// <summary>The most MiB that a disk can have: a little less than 8 TB.</summary>
    public const int MaximumDiskMib = 8_000_000;

    /// <summary>The most blobs or chunks that are fetched or sent at once.</summary>
    public const int MaximumJobs = 64;

    /// <summary>Reads a whole number. What is not one, or is out of range, is reported as the option's error.</summary>
    public static int Whole(ArgumentResult result, int minimum, int maximum)
    {
        var text = result.Tokens is [var token] ? token.Value : "";
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum)
        {
            return number;
        }

        result.AddError($"{NameOf(result)} takes a whole number from {minimum} to {maximum}, not \"{text}\"");
        return minimum;
    }

    /// <summary>Reads a number of seconds, with or without a fraction; more than a day counts as a day.</summary>
    public static double Seconds(ArgumentResult result)
    {
        const double SecondsOfDay = 86_400;
        var text = result.Tokens is [var token] ? token.Value : "";
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
        {
            return Math.Min(seconds, SecondsOfDay);
        }

        result.AddError($"{NameOf(result)} takes a number of seconds, not \"{text}\"");
        return 0;
    }

    /// <summary>Reads an age, such as <c>30d</c>, <c>12h</c> or <c>1.5w</c>.</summary>
    public static TimeSpan? Age(ArgumentResult result)
    {
        const double MostUnits = 100_000;
        var text = result.Tokens is [var token] ? token.Value : "";
        if (text.Length > 1
            && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            && count < MostUnits)
        {
            switch (text[^1])
            {
                case 'w': return TimeSpan.FromDays(count * 7);
                case 'd': return TimeSpan.FromDays(count);
                case 'h': return TimeSpan.FromHours(count);
                case 'm': return TimeSpan.FromMinutes(count);
                case 's': return TimeSpan.FromSeconds(count);
            }
        }

        result.AddError($"{NameOf(result)} takes an age such as 30d, 12h or 45m, not \"{text}\"");
        return null;
    }

    private static string NameOf(ArgumentResult result) => result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;
}
