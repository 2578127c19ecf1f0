using System.Globalization;
using System.Text;
using Xunit;

namespace Loam.TestKit;

/// <summary>A folder's tree as comparable lines, made by find, getfattr, stat and sha256sum. Bytes are read as Latin-1,
/// so that every name survives.</summary>
public static class TreeListing
{
    /// <returns>For each path, everything a file system says about it.</returns>
    public static SortedDictionary<string, string> Of(string folder)
    {
        var entries = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var groups = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var fields = Run(folder, "find . -printf '%y\\0%m\\0%U\\0%G\\0%s\\0%T@\\0%i\\0%n\\0%l\\0%P\\0'").Split('\0');
        for (var i = 0; i + 9 < fields.Length; i += 10)
        {
            var (type, path) = (fields[i], fields[i + 9]);
            var size = type == "d" ? "-" : fields[i + 4];
            entries[path] =
                $"type={type} mode={fields[i + 1]} owner={fields[i + 2]}:{fields[i + 3]} size={size} mtime={fields[i + 5].TrimEnd('0')} target={fields[i + 8]}";
            if (type != "d" && int.Parse(fields[i + 7], CultureInfo.InvariantCulture) > 1)
            {
                (groups.TryGetValue(fields[i + 6], out var names) ? names : groups[fields[i + 6]] = []).Add(path);
            }
        }

        foreach (var names in groups.Values)
        {
            names.Sort(StringComparer.Ordinal);
            names.ForEach(name => entries[name] += $" links={string.Join('|', names)}");
        }

        AddPairs(entries, Run(folder, "find . -type f -print0 | xargs -0 -r sha256sum -z"), line => (line[68..], line[..64]), "sha256");
        AddPairs(entries, Run(folder, "find . \\( -type b -o -type c \\) -print0 | xargs -0 -r stat --printf '%t:%T  %n\\0'"), line =>
            (line[(line.IndexOf("  ", StringComparison.Ordinal) + 4)..], line[..line.IndexOf("  ", StringComparison.Ordinal)]), "device");
        AddAttributes(entries, Run(folder, "getfattr -R -P -h -d -m - -e hex ."));
        return entries;
    }

    /// <summary>Fails, showing the first differences, unless two trees are the same.</summary>
    /// <param name="expected">What should be.</param>
    /// <param name="actual">What is.</param>
    /// <param name="ignoreTimes">Paths whose times one of the two makes up.</param>
    public static void AssertSame(
        IReadOnlyDictionary<string, string> expected, IReadOnlyDictionary<string, string> actual, Func<string, bool>? ignoreTimes = null)
    {
        var differences = new List<string>();
        foreach (var path in expected.Keys.Union(actual.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (want, have) = (expected.GetValueOrDefault(path), actual.GetValueOrDefault(path));
            if (ignoreTimes?.Invoke(path) == true)
            {
                (want, have) = (WithoutTime(want), WithoutTime(have));
            }

            if (want != have)
            {
                differences.Add($"/{path}\n  expected {want ?? "nothing"}\n  actual   {have ?? "nothing"}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differences:\n{string.Join('\n', differences.Take(30))}");
        Assert.NotEmpty(actual);
    }

    private static string? WithoutTime(string? entry) =>
        entry is null ? null : string.Join(' ', entry.Split(' ').Where(part => !part.StartsWith("mtime=", StringComparison.Ordinal)));

    private static void AddPairs(SortedDictionary<string, string> entries, string text, Func<string, (string Path, string Value)> read, string what)
    {
        foreach (var line in text.Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            var (path, value) = read(line);
            entries[path] += $" {what}={value}";
        }
    }

    private static void AddAttributes(SortedDictionary<string, string> entries, string text)
    {
        foreach (var block in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = block.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var path = Unescape(lines[0]["# file: ".Length..]);
            path = path == "." ? "" : path;
            entries[path] += " xattrs=" + string.Join(',', lines[1..].Order(StringComparer.Ordinal));
        }
    }

    /// <summary>getfattr writes bytes that are no plain text as backslash and three octal digits.</summary>
    private static string Unescape(string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length)
            {
                result.Append((char)Convert.ToInt32(text.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }

    private static string Run(string folder, string script) =>
        Encoding.Latin1.GetString(Tools.Filter("bash", ["-c", $"set -o pipefail; cd '{folder}' && LC_ALL=C {script}"], []));
}
