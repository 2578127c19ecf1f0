using System.Text;

namespace Loam.Cli;

/// <summary>Plain aligned columns, two spaces apart, that look the same on a terminal and in a pipe.</summary>
internal static class Columns
{
    public static string Format(IReadOnlyList<string[]> rows)
    {
        var widths = new int[rows[0].Length];
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
            {
                widths[i] = Math.Max(widths[i], row[i].Length);
            }
        }

        var text = new StringBuilder();
        foreach (var row in rows)
        {
            text.Append(text.Length == 0 ? "" : "\n");
            var pending = 0;
            for (var i = 0; i < row.Length; i++)
            {
                if (row[i].Length > 0)
                {
                    text.Append(' ', pending).Append(row[i]);
                    pending = 0;
                }

                pending += widths[i] - row[i].Length + 2;
            }
        }

        return text.ToString();
    }
}
