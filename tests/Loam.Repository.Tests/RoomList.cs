using System.Text.RegularExpressions;

namespace Loam.Repository.Tests;

/// <summary>The rooms of the house in their order, from the ground up, as <c>docs/architecture.md</c> lists them: each a
/// folder of <c>src</c>, in a table row that begins with its path.</summary>
internal sealed partial class RoomList
{
    private readonly List<string> _rooms;

    public RoomList(IEnumerable<string> rooms) => _rooms = [.. rooms];

    public IReadOnlyList<string> Rooms => _rooms;

    public static RoomList Read() =>
        new(Row().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "architecture.md"))).Select(row => row.Groups["room"].Value));

    /// <summary>The room of a file: the deepest listed folder above it.</summary>
    /// <param name="path">Its path below <c>src</c>.</param>
    /// <returns>Null where no room is listed.</returns>
    public string? RoomOf(string path)
    {
        for (var folder = Path.GetDirectoryName(path); !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
        {
            if (_rooms.Contains(folder))
            {
                // A package's own folder is a room for the files right in it, not for folders that are not listed.
                return folder.Contains('/', StringComparison.Ordinal) || Path.GetDirectoryName(path) == folder ? folder : null;
            }
        }

        return null;
    }

    /// <summary>Whether a room stands above another.</summary>
    public bool IsAbove(string room, string other) => _rooms.IndexOf(room) > _rooms.IndexOf(other);

    [GeneratedRegex(@"^\| `(?<room>Loam[\w.]*(/\w+)*)/` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Row();
}
