using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Loam.Machines;

namespace Loam.Cli.Guest;

/// <summary>The terminal while a guest's program uses it: every key is passed on as it is (termios(3)). Disposing restores
/// the terminal.</summary>
internal sealed partial class RawTerminal : IDisposable
{
    private const int SettingsBytes = 128; // struct termios has 60
    private const int WhenDrained = 1; // TCSADRAIN
    private const nuint GetWindowSize = 0x5413; // TIOCGWINSZ

    private readonly byte[] _before;

    private RawTerminal(byte[] before) => _before = before;

    /// <summary>Whether both ends are a terminal.</summary>
    public static bool IsThere => IsTerminal(0) == 1 && IsTerminal(1) == 1;

    /// <summary>The window's size; 80×24 if it is not known.</summary>
    public static WindowSize Size
    {
        get
        {
            Span<byte> size = stackalloc byte[8];
            return Control(1, GetWindowSize, size) == 0 && BinaryPrimitives.ReadUInt16LittleEndian(size) is > 0 and var rows
                ? new WindowSize(BinaryPrimitives.ReadUInt16LittleEndian(size[2..]), rows)
                : new WindowSize(80, 24);
        }
    }

    public static RawTerminal Enter()
    {
        var before = new byte[SettingsBytes];
        if (Get(0, before) != 0)
        {
            throw new IOException("the terminal's settings cannot be read");
        }

        var raw = before.ToArray();
        MakeRaw(raw);
        Set(0, WhenDrained, raw);
        return new RawTerminal(before);
    }

    public void Dispose() => Set(0, WhenDrained, _before);

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsTerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int Get(int descriptor, Span<byte> settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    private static partial int Set(int descriptor, int when, ReadOnlySpan<byte> settings);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void MakeRaw(Span<byte> settings);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int descriptor, nuint request, Span<byte> size);
}
