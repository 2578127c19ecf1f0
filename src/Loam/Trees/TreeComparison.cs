using System.Text;
using Loam.Filesystems;

namespace Loam.Trees;

/// <summary>Finds the paths in which two trees differ.</summary>
internal static class TreeComparison
{
    /// <summary>A tree's paths as they are now, in byte order, so that it can be compared after it went on changing.</summary>
    public static List<TreeEntry> Snapshot(FileTree tree)
    {
        var entries = new List<TreeEntry> { new(TreePath.Root, tree.Root, tree.Root.Metadata) };
        entries.AddRange(tree.Walk().Select(item => new TreeEntry(item.Path, item.Node, item.Node.Metadata)));
        entries.Sort((left, right) => left.Path.Bytes.SequenceCompareTo(right.Path.Bytes));
        return entries;
    }

    /// <summary>The paths that differ, in byte order.</summary>
    public static List<PathChange> Compare(List<TreeEntry> before, List<TreeEntry> after)
    {
        var changes = new List<PathChange>();
        for (int old = 0, now = 0; old < before.Count || now < after.Count;)
        {
            var order = old == before.Count ? 1
                : now == after.Count ? -1
                : before[old].Path.Bytes.SequenceCompareTo(after[now].Path.Bytes);
            if (order < 0)
            {
                changes.Add(Change(ChangeKind.Removed, before[old++], []));
            }
            else if (order > 0)
            {
                changes.Add(Change(ChangeKind.Added, after[now++], []));
            }
            else
            {
                var what = Differences(before[old++], after[now]);
                if (what.Count > 0)
                {
                    changes.Add(Change(ChangeKind.Changed, after[now], what));
                }

                now++;
            }
        }

        return changes;
    }

    private static PathChange Change(ChangeKind kind, TreeEntry entry, IReadOnlyList<string> what) =>
        new(kind, Show(entry.Path), entry.Node is DirectoryNode, SizeOf(entry.Node), what);

    private static long SizeOf(FileNode node) => node is RegularFileNode file ? file.Content.Size : 0;

    private static List<string> Differences(TreeEntry before, TreeEntry after)
    {
        var what = new List<string>();
        switch (before.Node, after.Node)
        {
            case var (left, right) when left.GetType() != right.GetType():
                what.Add("type");
                break;
            case (RegularFileNode left, RegularFileNode right) when !ContentIdentity.Equal(left.Content, right.Content):
                what.Add("content");
                break;
            case (SymlinkNode left, SymlinkNode right) when !left.Target.Span.SequenceEqual(right.Target.Span):
                what.Add("target");
                break;
            case (SpecialNode left, SpecialNode right) when (left.Kind, left.Major, left.Minor) != (right.Kind, right.Major, right.Minor):
                what.Add("device");
                break;
        }

        var (old, now) = (before.Metadata, after.Metadata);
        Add(what, "mode", old.Permissions != now.Permissions);
        Add(what, "owner", (old.Uid, old.Gid) != (now.Uid, now.Gid));
        Add(what, "time", old.Modified != now.Modified);
        Add(what, "xattrs", !Same(old.XAttrs, now.XAttrs));
        return what;
    }

    private static bool Same(XAttrs left, XAttrs right) =>
        left.Items.Count == right.Items.Count
        && left.Items.Zip(right.Items).All(pair => pair.First.Name == pair.Second.Name && pair.First.Value.Span.SequenceEqual(pair.Second.Value.Span));

    private static void Add(List<string> what, string name, bool differs)
    {
        if (differs)
        {
            what.Add(name);
        }
    }

    /// <summary>A path as text: UTF-8 where it is that and nothing in it would steer a terminal, else escaped.</summary>
    private static string Show(TreePath path)
    {
        try
        {
            var text = StrictUtf8.GetString(path.Bytes);
            if (!text.Any(c => char.IsControl(c) || c == '\\'))
            {
                return text;
            }
        }
        catch (DecoderFallbackException)
        {
            // Shown byte by byte.
        }

        var shown = new StringBuilder();
        foreach (var b in path.Bytes)
        {
            _ = b is >= 0x20 and < 0x7F and not (byte)'\\' ? shown.Append((char)b) : shown.Append($"\\x{b:x2}");
        }

        return shown.ToString();
    }

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}

/// <summary>A path of a tree, with what it led to at the time.</summary>
internal readonly record struct TreeEntry(TreePath Path, FileNode Node, Metadata Metadata);
