using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Loam.Store;

/// <summary>A few strings by name, in their order. Takes a quarter of what a dictionary does, of which an index of many
/// thousand names would need as many.</summary>
internal sealed class SmallMap(KeyValuePair<string, string>[] items) : IReadOnlyDictionary<string, string>
{
    /// <inheritdoc/>
    public int Count => items.Length;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => items.Select(item => item.Key);

    /// <inheritdoc/>
    public IEnumerable<string> Values => items.Select(item => item.Value);

    /// <inheritdoc/>
    public string this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException(key);

    /// <inheritdoc/>
    public bool ContainsKey(string key) => TryGetValue(key, out _);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        foreach (var item in items)
        {
            if (string.Equals(item.Key, key, StringComparison.Ordinal))
            {
                value = item.Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, string>>)items).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => items.GetEnumerator();
}
