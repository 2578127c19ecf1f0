namespace Loam.Filesystems.Tree;

/// <summary>What the layer under way did to a tree: which names it stated, and which directories it only passed through.
/// Everything else comes from below. A name's identity is the array that its directory keeps for it.</summary>
internal sealed class LayerMarks
{
    private readonly Dictionary<byte[], bool> _stated = new(ReferenceEqualityComparer.Instance);
    private bool _isLowest = true;

    /// <summary>Forgets all; the next layer begins.</summary>
    /// <param name="isLowest">Whether nothing is below it, so that there is nothing to tell its names from.</param>
    public void Begin(bool isLowest)
    {
        _stated.Clear();
        _isLowest = isLowest;
    }

    /// <summary>Notes that the layer states a name.</summary>
    public void State(byte[] name)
    {
        if (!_isLowest)
        {
            _stated[name] = true;
        }
    }

    /// <summary>Notes that the layer has something below a name.</summary>
    public void Pass(byte[] name)
    {
        if (!_isLowest)
        {
            _stated.TryAdd(name, false);
        }
    }

    /// <summary>Whether a name comes from below alone.</summary>
    public bool IsLower(byte[] name) => !_isLowest && !_stated.ContainsKey(name);

    /// <summary>Whether the layer passed through a name without stating it.</summary>
    public bool IsPassed(byte[] name) => _stated.TryGetValue(name, out var stated) && !stated;
}
