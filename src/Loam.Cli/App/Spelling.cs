namespace Loam.Cli.App;

/// <summary>Finds the word that somebody meant.</summary>
internal static class Spelling
{
    /// <summary>The known word that is nearest to one that is not known.</summary>
    /// <returns>Null where none is near: within a third of the word, but one letter at least and two at most.</returns>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var (least, nearest) = (Math.Clamp(word.Length / 3, 1, 2) + 1, (string?)null);
        foreach (var candidate in known)
        {
            if (Distance(word, candidate) is var distance && distance < least)
            {
                (least, nearest) = (distance, candidate);
            }
        }

        return nearest;
    }

    /// <summary>How many letters must be put in, left out, replaced, or exchanged with their neighbour.</summary>
    private static int Distance(string from, string to)
    {
        var cost = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            for (var j = 0; j <= to.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                var same = from[i - 1] == to[j - 1] ? 0 : 1;
                cost[i, j] = Math.Min(cost[i - 1, j - 1] + same, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[from.Length, to.Length];
    }
}
