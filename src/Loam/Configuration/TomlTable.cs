namespace Loam.Configuration;

/// <summary>A table of a TOML document. Values are text, truth values, whole numbers, lists and tables.</summary>
internal sealed class TomlTable(string path, int line)
{
    private readonly Dictionary<string, (object Value, int Line)> _values = new(StringComparer.Ordinal);

    /// <summary>The line it begins in, from 1.</summary>
    public int Line => line;

    /// <summary>Whether a header of its own has opened it.</summary>
    public bool IsDefined { get; set; }

    public IEnumerable<string> Names => _values.Keys;

    public bool TryAdd(string name, object value, int at) => _values.TryAdd(name, (value, at));

    public object? Find(string name) => _values.GetValueOrDefault(name).Value;

    public string? Text(string name) => Get<string>(name, "a string");

    public bool? Flag(string name) => _values.TryGetValue(name, out var found) ? found.Value as bool? ?? throw Wrong(found.Line, name, "true or false") : null;

    public TomlTable? Table(string name) => Get<TomlTable>(name, "a table");

    public IReadOnlyList<TomlTable> Tables(string name) => All<TomlTable>(name, "tables");

    /// <returns>Null where nothing of that name stands there.</returns>
    public IReadOnlyList<string>? Texts(string name) => _values.ContainsKey(name) ? All<string>(name, "strings") : null;

    /// <summary>An error about what stands under a name, or about the table itself.</summary>
    public LoamException Invalid(string why, string? name = null) =>
        SettingsFile.Invalid(path, name is not null && _values.TryGetValue(name, out var found) ? found.Line : line, why, null);

    private T? Get<T>(string name, string what)
        where T : class => _values.TryGetValue(name, out var found) ? found.Value as T ?? throw Wrong(found.Line, name, what) : null;

    private List<T> All<T>(string name, string what)
    {
        if (!_values.TryGetValue(name, out var found))
        {
            return [];
        }

        return found.Value is List<object> list && list.All(item => item is T) ? [.. list.Cast<T>()] : throw Wrong(found.Line, name, $"an array of {what}");
    }

    private LoamException Wrong(int at, string name, string what) => SettingsFile.Invalid(path, at, $"{name} must be {what}", null);
}
