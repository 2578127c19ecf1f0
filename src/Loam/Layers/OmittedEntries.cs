using Loam.Filesystems;

namespace Loam.Layers;

/// <summary>What a tree holds and a layer cannot.</summary>
internal sealed class OmittedEntries
{
    public Paths Sockets { get; } = new("sockets were left out, since layers cannot hold them");

    public Paths Whiteouts { get; } = new("names that begin with \".wh.\", or are below one that does, were left out, since in a layer they hide other names");

    public Paths Attributes { get; } = new("extended attributes with an equals sign in their name were left out");

    public IReadOnlyList<string> Warnings => [.. new[] { Sockets, Whiteouts, Attributes }.Where(paths => paths.Count > 0).Select(paths => paths.Warning)];

    /// <summary>How many, and the first.</summary>
    public sealed class Paths(string what)
    {
        private TreePath _first;

        public long Count { get; private set; }

        public string Warning => $"{Count} {what}; the first is {_first}";

        public void Add(TreePath path)
        {
            if (Count++ == 0)
            {
                _first = path;
            }
        }
    }
}
