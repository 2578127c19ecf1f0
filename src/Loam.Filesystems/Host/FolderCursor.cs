namespace Loam.Filesystems.Host;

/// <summary>Goes from folder to folder below one. The folders on the way to the present one stay open, so that its neighbours are
/// found without a look at the whole way.</summary>
internal sealed class FolderCursor(HostFolder top) : IDisposable
{
    private readonly List<(byte[] Name, HostFolder Folder)> _way = [];

    /// <summary>Goes to a folder.</summary>
    /// <param name="path">Its path below the top.</param>
    /// <returns>The folder, open until the next step.</returns>
    /// <exception cref="IOException">It is not there, or a link stands on the way.</exception>
    public HostFolder Open(TreePath path)
    {
        var depth = 0;
        if (!path.IsRoot)
        {
            foreach (var part in path.Split())
            {
                var name = path.Bytes[part];
                if (depth == _way.Count || !name.SequenceEqual(_way[depth].Name))
                {
                    CloseFrom(depth);
                    _way.Add((name.ToArray(), (depth == 0 ? top : _way[depth - 1].Folder).OpenFolder(name)));
                }

                depth++;
            }
        }

        CloseFrom(depth);
        return depth == 0 ? top : _way[^1].Folder;
    }

    public void Dispose() => CloseFrom(0);

    private void CloseFrom(int depth)
    {
        for (var i = _way.Count - 1; i >= depth; i--)
        {
            _way[i].Folder.Dispose();
        }

        _way.RemoveRange(depth, _way.Count - depth);
    }
}
