using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Loam.Committing;

/// <summary>One change of a configuration, written as Dockerfiles write it (Dockerfile reference; OCI image-spec,
/// <c>config.md</c>, "config").</summary>
internal sealed record ConfigChange(string Instruction, string Argument)
{
    /// <summary>Reads a change.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ConfigChangeInvalid"/>.</exception>
    public static ConfigChange Parse(string text)
    {
        var trimmed = text.Trim();
        var blank = trimmed.AsSpan().IndexOfAny(' ', '\t');
        return blank > 0 && !trimmed.Contains('\0', StringComparison.Ordinal)
            ? new ConfigChange(trimmed[..blank].ToUpperInvariant(), trimmed[blank..].Trim())
            : throw Wrong(text, "it must be an instruction and its arguments");
    }

    /// <summary>Makes the change.</summary>
    /// <param name="run">The configuration's <c>config</c>.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ConfigChangeInvalid"/>.</exception>
    public void ApplyTo(JsonObject run)
    {
        switch (Instruction)
        {
            case "ENV":
                SetVariables(run);
                break;
            case "LABEL":
                foreach (var (key, value) in Pairs())
                {
                    ObjectOf(run, "Labels")[key] = value;
                }

                break;
            case "CMD":
                run["Cmd"] = Program();
                break;
            case "ENTRYPOINT":
                run["Entrypoint"] = Program();
                break;
            case "USER":
                run["User"] = Single();
                break;
            case "WORKDIR":
                run["WorkingDir"] = Folder((string?)run["WorkingDir"]);
                break;
            case "STOPSIGNAL":
                run["StopSignal"] = Single();
                break;
            case "EXPOSE":
                foreach (var port in Words(Argument))
                {
                    ObjectOf(run, "ExposedPorts")[Port(port)] = new JsonObject();
                }

                break;
            case "VOLUME":
                foreach (var folder in Argument[0] == '[' ? Strings() : Words(Argument))
                {
                    ObjectOf(run, "Volumes")[folder] = new JsonObject();
                }

                break;
            default:
                throw Wrong(Instruction, "it is not an instruction that can change an image");
        }
    }

    private static LoamException Wrong(string text, string why) => new(ErrorCodes.ConfigChangeInvalid, $"\"{text}\": {why}");

    private LoamException Wrong(string why) => Wrong($"{Instruction} {Argument}", why);

    private static JsonObject ObjectOf(JsonObject run, string key)
    {
        if (run[key] is not JsonObject value)
        {
            run[key] = value = [];
        }

        return value;
    }

    private void SetVariables(JsonObject run)
    {
        var all = (run["Env"] as JsonArray)?.Select(item => (string?)item).OfType<string>().ToList() ?? [];
        foreach (var (key, value) in Pairs())
        {
            var at = all.FindIndex(variable => variable.StartsWith(key + "=", StringComparison.Ordinal));
            if (at >= 0)
            {
                all[at] = $"{key}={value}";
            }
            else
            {
                all.Add($"{key}={value}");
            }
        }

        run["Env"] = ArrayOf(all);
    }

    /// <summary><c>a=b c="d e"</c>, or the old form <c>a b</c>.</summary>
    private List<(string Key, string Value)> Pairs()
    {
        var words = Words(Argument);
        if (words.Count == 0 || !words[0].Contains('=', StringComparison.Ordinal))
        {
            var blank = Argument.AsSpan().IndexOfAny(' ', '\t');
            return blank > 0 ? [(Argument[..blank], Argument[blank..].Trim())] : throw Wrong("a name and a value are needed");
        }

        return [.. words.Select(word => word.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals
            ? (word[..equals], word[(equals + 1)..])
            : throw Wrong($"\"{word}\" is not name=value"))];
    }

    private JsonArray Program() => ArrayOf(Argument[0] == '[' ? Strings() : ["/bin/sh", "-c", Argument]);

    private List<string> Strings()
    {
        try
        {
            return JsonNode.Parse(Argument) is JsonArray array
                ? [.. array.Select(
                    item => item is JsonValue value && value.TryGetValue(out string? text) ? text : throw Wrong("not all of its items are strings"))]
                : throw Wrong("this is not an array");
        }
        catch (JsonException e)
        {
            throw Wrong($"this is not an array of strings: {e.Message}");
        }
    }

    private string Single() => Words(Argument) is [var word] ? word : throw Wrong("one word is needed");

    private string Folder(string? before)
    {
        var path = Single();
        var parts = new List<string>();
        foreach (var part in (path[0] == '/' ? path : $"{before}/{path}").Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."))
        {
            if (part != "..")
            {
                parts.Add(part);
            }
            else if (parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
        }

        return "/" + string.Join('/', parts);
    }

    private string Port(string word)
    {
        var slash = word.IndexOf('/', StringComparison.Ordinal);
        var (number, protocol) = slash < 0 ? (word, "tcp") : (word[..slash], word[(slash + 1)..]);
        return ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0 && protocol is "tcp" or "udp" or "sctp"
            ? $"{port}/{protocol}"
            : throw Wrong($"\"{word}\" is not a port");
    }

    private static JsonArray ArrayOf(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode)JsonValue.Create(item))]);

    /// <summary>Words between blanks; quotes and backslashes keep blanks in them.</summary>
    private List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, inWord) = ('\0', false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && quote != '\'' && i + 1 < text.Length)
            {
                word.Append(text[++i]);
                inWord = true;
            }
            else if (quote != '\0' ? c == quote : c is '"' or '\'')
            {
                quote = quote == '\0' ? c : '\0';
                inWord = true;
            }
            else if (quote == '\0' && c is ' ' or '\t')
            {
                Flush();
            }
            else
            {
                word.Append(c);
                inWord = true;
            }
        }

        if (quote != '\0')
        {
            throw Wrong("a quote is not closed");
        }

        Flush();
        return words;

        void Flush()
        {
            if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }
    }
}
