using System.Globalization;

namespace Loam.Cli.Output;

/// <summary>Disks and their paths for people.</summary>
internal static class DiskText
{
    public static string Describe(DiskFactsJson disk) => $"{disk.Path}\n{Columns.Format(
    [
        ["  filesystem", $"{disk.Filesystem}, {Sizes.Format(disk.SizeBytes)}, blocks of {disk.BlockSize} bytes"],
        ["  uuid", disk.Uuid],
        ["  journal", disk.JournalReplayed ? "was not cleanly unmounted; replayed in memory" : "clean"],
        ["  entries", $"{disk.Entries}: {disk.Files} files, {disk.Directories} folders, {disk.Symlinks} symbolic links, {disk.Specials} others"],
        ["  contents", $"{Sizes.Format(disk.ContentBytes)}, taking {Sizes.Format(disk.AllocatedBytes)}"],
    ])}";

    /// <summary>A line for each path, as <c>ls -l</c> has it.</summary>
    public static string Describe(IReadOnlyList<DiskEntryJson> entries) => entries.Count == 0
        ? ""
        : Columns.Format([.. entries.Select(entry => new[]
        {
            ModeOf(entry),
            $"{entry.Uid}:{entry.Gid}",
            entry.Device ?? entry.SizeBytes.ToString(CultureInfo.InvariantCulture),
            entry.ModifiedAt,
            entry.Target is null ? entry.Path : $"{entry.Path} -> {entry.Target}",
        })]);

    private static string ModeOf(DiskEntryJson entry)
    {
        var bits = Convert.ToInt32(entry.Mode, 8);
        var kind = entry.Type switch { "directory" => 'd', "symlink" => 'l', "char" => 'c', "block" => 'b', "fifo" => 'p', "socket" => 's', _ => '-' };
        var text = new[] { kind, 'r', 'w', 'x', 'r', 'w', 'x', 'r', 'w', 'x' };
        for (var i = 0; i < 9; i++)
        {
            text[9 - i] = (bits & (1 << i)) != 0 ? text[9 - i] : '-';
        }

        foreach (var (bit, at, on) in new (int, int, char)[] { (0x800, 3, 's'), (0x400, 6, 's'), (0x200, 9, 't') })
        {
            if ((bits & bit) != 0)
            {
                text[at] = text[at] == '-' ? char.ToUpperInvariant(on) : on;
            }
        }

        return new string(text) + (entry.Xattrs is null ? "" : "+");
    }
}
