namespace Loam.Cli.Output;

/// <summary>Plain aligned columns, two spaces apart, that look the same on a terminal and in a pipe.</summary>
internal static class Columns
{
    /// <summary>Rows as one text, with a line end between them.</summary>
    public static string Format(IReadOnlyList<string[]> rows)
    {
        var text = new StringWriter();
        Write(text, rows);
        return text.ToString()[..^1];
    }

    /// <summary>Writes rows, each with its line end.</summary>
    public static void Write(TextWriter output, IReadOnlyList<string[]> rows)
    {
        var widths = new int[rows[0].Length];
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
            {
                widths[i] = Math.Max(widths[i], row[i].Length);
            }
        }

        foreach (var row in rows)
        {
            WriteRow(output, row, widths);
            output.Write('\n');
        }
    }

    private static void WriteRow(TextWriter output, string[] row, int[] widths)
    {
        var pending = 0;
        for (var i = 0; i < row.Length; i++)
        {
            if (row[i].Length > 0)
            {
                for (; pending > 0; pending--)
                {
                    output.Write(' ');
                }

                output.Write(row[i]);
            }

            pending += widths[i] - row[i].Length + 2;
        }
    }
}
