using System.Globalization;
using System.Text;

namespace Loam.Configuration;

/// <summary>
/// Reads the part of TOML (toml.io, v1.0.0) that configurations of container tools are written in: tables, lists of
/// tables, one-line strings, truth values, whole numbers, lists, inline tables, comments. Anything else is an error.
/// </summary>
internal sealed class TomlReader
{
    private const int MaximumDepth = 16;

    private readonly string _path;
    private readonly string _text;
    private int _at;
    private int _line = 1;

    private TomlReader(string path, string text)
    {
        _path = path;
        _text = text;
    }

    private char Now => _at < _text.Length ? _text[_at] : '\0';

    /// <exception cref="LoamException"><see cref="ErrorCodes.ConfigurationInvalid"/>, naming file and line.</exception>
    public static TomlTable Read(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            var text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(content);
            return new TomlReader(path, text.TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal)).ReadDocument();
        }
        catch (DecoderFallbackException e)
        {
            throw SettingsFile.Invalid(path, null, "it is not UTF-8", e);
        }
    }

    private TomlTable ReadDocument()
    {
        var root = new TomlTable(_path, 1);
        var table = root;
        for (SkipBlank(lines: true); _at < _text.Length; SkipBlank(lines: true))
        {
            if (Now == '[')
            {
                table = ReadHeader(root);
            }
            else
            {
                ReadPair(table, 0);
            }

            SkipBlank(lines: false);
            Require(_at == _text.Length || Now == '\n', "the line does not end where it should");
        }

        return root;
    }

    private TomlTable ReadHeader(TomlTable root)
    {
        var line = _line;
        var isList = _text.AsSpan(_at).StartsWith("[[");
        _at += isList ? 2 : 1;
        var names = ReadNames();
        Take(']');
        if (isList)
        {
            Take(']');
        }

        var parent = Walk(root, names[..^1]);
        var name = names[^1];
        if (isList)
        {
            var added = new TomlTable(_path, line) { IsDefined = true };
            if (parent.Find(name) is List<object> list && list is [TomlTable, ..])
            {
                list.Add(added);
            }
            else
            {
                Require(parent.TryAdd(name, new List<object> { added }, line), $"{name} is already defined");
            }

            return added;
        }

        var table = parent.Find(name) as TomlTable ?? new TomlTable(_path, line);
        Require((parent.Find(name) == table || parent.TryAdd(name, table, line)) && !table.IsDefined, $"{name} is already defined");
        table.IsDefined = true;
        return table;
    }

    private TomlTable Walk(TomlTable from, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            var next = new TomlTable(_path, _line);
            from = from.TryAdd(name, next, _line) ? next
                : from.Find(name) switch
                {
                    TomlTable table => table,
                    List<object> list when list.LastOrDefault() is TomlTable last => last,
                    _ => throw Invalid($"{name} is not a table"),
                };
        }

        return from;
    }

    private void ReadPair(TomlTable table, int depth)
    {
        var line = _line;
        var names = ReadNames();
        Take('=');
        SkipBlank(lines: false);
        var value = ReadValue(depth);
        Require(Walk(table, names[..^1]).TryAdd(names[^1], value, line), $"{names[^1]} is already defined");
    }

    private string[] ReadNames()
    {
        var names = new List<string>();
        do
        {
            _at += names.Count > 0 ? 1 : 0;
            SkipBlank(lines: false);
            var start = _at;
            if (Now is '"' or '\'')
            {
                names.Add(ReadText());
            }
            else
            {
                while (char.IsAsciiLetterOrDigit(Now) || Now is '_' or '-')
                {
                    _at++;
                }

                Require(_at > start, "expected a name");
                names.Add(_text[start.._at]);
            }

            SkipBlank(lines: false);
        }
        while (Now == '.' && names.Count < MaximumDepth);
        return [.. names];
    }

    private object ReadValue(int depth)
    {
        Require(depth < MaximumDepth, $"more than {MaximumDepth} levels");
        switch (Now)
        {
            case '"' or '\'':
                return ReadText();
            case '[':
                return ReadList(depth);
            case '{':
                return ReadInlineTable(depth);
            default:
                var start = _at;
                while (_at < _text.Length && Now is not (',' or ']' or '}' or '#' or '\n' or ' ' or '\t'))
                {
                    _at++;
                }

                return _text[start.._at] switch
                {
                    "true" => true,
                    "false" => false,
                    var word => long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
                        : word.Length == 0 ? throw Invalid("expected a value")
                        : throw Invalid($"\"{word}\" is not a string, a boolean, an integer, an array or a table"),
                };
        }
    }

    private List<object> ReadList(int depth)
    {
        var list = new List<object>();
        _at++;
        for (SkipBlank(lines: true); Now != ']'; SkipBlank(lines: true))
        {
            list.Add(ReadValue(depth + 1));
            SkipBlank(lines: true);
            if (Now != ']')
            {
                Take(',');
            }
        }

        _at++;
        return list;
    }

    private TomlTable ReadInlineTable(int depth)
    {
        var table = new TomlTable(_path, _line) { IsDefined = true };
        _at++;
        SkipBlank(lines: false);
        while (Now != '}')
        {
            ReadPair(table, depth + 1);
            SkipBlank(lines: false);
            if (Now != '}')
            {
                Take(',');
                Require(Now != '}', "expected a name");
            }
        }

        _at++;
        return table;
    }

    private string ReadText()
    {
        var quote = Now;
        Require(!_text.AsSpan(_at).StartsWith([quote, quote, quote]), "strings of several lines are not supported");
        var text = new StringBuilder();
        for (_at++; Now != quote; _at++)
        {
            Require(_at < _text.Length && (!char.IsControl(Now) || Now == '\t'), "the string does not end on its line");
            text.Append(Now == '\\' && quote == '"' ? ReadEscape() : Now.ToString());
        }

        _at++;
        return text.ToString();
    }

    /// <summary>From the backslash to the escape's last character.</summary>
    private string ReadEscape()
    {
        _at++;
        var digits = Now switch { 'u' => 4, 'U' => 8, _ => 0 };
        if (digits == 0)
        {
            return Now switch
            {
                'b' => "\b",
                't' => "\t",
                'n' => "\n",
                'f' => "\f",
                'r' => "\r",
                '"' => "\"",
                '\\' => "\\",
                _ => throw Invalid("unknown escape"),
            };
        }

        Require(_at + digits < _text.Length, "the escape is truncated");
        var isNumber = int.TryParse(_text.AsSpan(_at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value);
        Require(isNumber && Rune.IsValid(value), "the escape is not a character");
        _at += digits;
        return new Rune(value).ToString();
    }

    private void SkipBlank(bool lines)
    {
        for (; _at < _text.Length; _at++)
        {
            if (Now == '#')
            {
                var end = _text.IndexOf('\n', _at);
                _at = (end < 0 ? _text.Length : end) - 1;
            }
            else if (lines && Now == '\n')
            {
                _line++;
            }
            else if (Now is not (' ' or '\t'))
            {
                return;
            }
        }
    }

    private void Take(char expected)
    {
        SkipBlank(lines: false);
        Require(Now == expected, $"expected \"{expected}\"");
        _at++;
        SkipBlank(lines: false);
    }

    private void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw Invalid(otherwise);
        }
    }

    private LoamException Invalid(string why) => SettingsFile.Invalid(_path, _line, why, null);
}
