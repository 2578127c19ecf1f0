using Loam.Files;

namespace Loam.Tests.Store;

/// <summary>Storage of which any step may fail, at any point: writes that stop half-way, no space, fsync and rename errors.</summary>
internal sealed class FaultyStorage(Random random) : StableStorage
{
    private const int NoSpace = 28; // ENOSPC
    private const int InputOutput = 5; // EIO

    /// <summary>How likely each step fails.</summary>
    public double Rate { get; set; }

    /// <summary>How many steps have failed.</summary>
    public int Faults { get; private set; }

    public override void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null)
    {
        if (Strikes())
        {
            base.Write(path, content[..random.Next(content.Length + 1)], mode);
            throw Failure("write", random.Next(2) == 0 ? NoSpace : InputOutput);
        }

        base.Write(path, content, mode);
    }

    public override void Sync(string path) => Step("fsync", () => base.Sync(path));

    public override void SyncFolder(string path) => Step("fsync", () => base.SyncFolder(path));

    public override void Move(string from, string to) => Step("rename", () => base.Move(from, to));

    public override void MoveFolder(string from, string to) => Step("rename", () => base.MoveFolder(from, to));

    public override void Exchange(string left, string right) => Step("rename", () => base.Exchange(left, right));

    public override void Remove(string path) => Step("unlink", () => base.Remove(path));

    private void Step(string what, Action step)
    {
        // A step can fail before it took effect, and after.
        var strikes = Strikes();
        if (!strikes || random.Next(2) == 0)
        {
            step();
        }

        if (strikes)
        {
            throw Failure(what, InputOutput);
        }
    }

    private bool Strikes()
    {
        var strikes = random.NextDouble() < Rate;
        Faults += strikes ? 1 : 0;
        return strikes;
    }

    private static IOException Failure(string what, int error) => new($"{what}: injected", error);
}
