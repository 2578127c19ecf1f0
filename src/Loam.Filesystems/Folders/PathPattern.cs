using System.Text;

namespace Loam.Filesystems.Folders;

/// <summary>A pattern of names or paths, as <see cref="FolderReadOptions.Excludes"/> describes it. It is walked with all its states at
/// once, so that no name makes it slow.</summary>
internal sealed class PathPattern
{
    // Beyond every character: what a step of the pattern stands for.
    private const int AnyCharacter = 0x20_0000;
    private const int AnyInName = 0x20_0001;
    private const int Anything = 0x20_0002;
    private const int MaybeFolders = 0x20_0003;

    /// <summary>Bytes that are no UTF-8 are characters of their own.</summary>
    private const int BadByte = 0x1F_FF00;

    private readonly List<int> _steps = [];
    private readonly bool _namesOnly;
    private readonly bool _foldersOnly;

    public PathPattern(string pattern)
    {
        _foldersOnly = pattern.EndsWith('/');
        var body = _foldersOnly ? pattern[..^1] : pattern;
        _namesOnly = !body.Contains('/', StringComparison.Ordinal);
        if (body.StartsWith('/'))
        {
            body = body[1..];
        }

        if (body.Length == 0)
        {
            throw new ArgumentException($"\"{pattern}\" matches nothing", nameof(pattern));
        }

        Parse(body);
    }

    /// <summary>Whether it stands for a path.</summary>
    public bool Matches(TreePath path, bool isFolder)
    {
        if (_foldersOnly && !isFolder)
        {
            return false;
        }

        var states = new bool[_steps.Count + 1];
        Enter(states, 0);
        for (var rest = _namesOnly ? path.Name : path.Bytes; !rest.IsEmpty;)
        {
            var status = Rune.DecodeFromUtf8(rest, out var rune, out var bytes);
            var character = status == System.Buffers.OperationStatus.Done ? rune.Value : BadByte + rest[0];
            states = Advance(states, character);
            rest = rest[(status == System.Buffers.OperationStatus.Done ? bytes : 1)..];
        }

        return states[^1];
    }

    private void Parse(string body)
    {
        for (var i = 0; i < body.Length; i++)
        {
            switch (body[i])
            {
                case '\\' when i + 1 < body.Length:
                    Add(body, ref i, skip: 1);
                    break;
                case '*' when i + 2 < body.Length && body[i + 1] == '*' && body[i + 2] == '/' && (i == 0 || body[i - 1] == '/'):
                    _steps.Add(MaybeFolders);
                    i += 2;
                    break;
                case '*' when i + 1 < body.Length && body[i + 1] == '*':
                    _steps.Add(Anything);
                    i++;
                    break;
                case '*':
                    _steps.Add(AnyInName);
                    break;
                case '?':
                    _steps.Add(AnyCharacter);
                    break;
                default:
                    Add(body, ref i, skip: 0);
                    break;
            }
        }
    }

    private void Add(string body, ref int at, int skip)
    {
        var rune = Rune.TryGetRuneAt(body, at + skip, out var found) ? found : Rune.ReplacementChar;
        _steps.Add(rune.Value);
        at += skip + rune.Utf16SequenceLength - 1;
    }

    /// <summary>Makes a state one of the present ones, with those that follow without a character.</summary>
    private void Enter(bool[] states, int state)
    {
        for (; !states[state]; state++)
        {
            states[state] = true;
            if (state == _steps.Count || _steps[state] is not (AnyInName or Anything or MaybeFolders))
            {
                return;
            }
        }
    }

    private bool[] Advance(bool[] states, int character)
    {
        var next = new bool[states.Length];
        for (var state = 0; state < _steps.Count; state++)
        {
            if (!states[state])
            {
                continue;
            }

            switch (_steps[state])
            {
                case Anything:
                case AnyInName when character != '/':
                    Enter(next, state);
                    break;
                case MaybeFolders:
                    // Only behind a slash may what follows begin.
                    next[state] = true;
                    if (character == '/')
                    {
                        Enter(next, state + 1);
                    }

                    break;
                case AnyCharacter when character != '/':
                case var literal when literal == character:
                    Enter(next, state + 1);
                    break;
            }
        }

        return next;
    }
}
