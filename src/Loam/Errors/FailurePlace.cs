using System.Globalization;

namespace Loam.Errors;

/// <summary>Where in a file something is wrong, as the details of a failure say it.</summary>
internal static class FailurePlace
{
    public static IReadOnlyDictionary<string, string> Of(string path, int? line) => line is { } number
        ? new Dictionary<string, string>(StringComparer.Ordinal) { ["path"] = path, ["line"] = number.ToString(CultureInfo.InvariantCulture) }
        : new Dictionary<string, string>(StringComparer.Ordinal) { ["path"] = path };
}
