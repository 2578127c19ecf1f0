using Loam.Files;
using Xunit;

namespace Loam.TestKit;

/// <summary>Storage that counts its steps and fails at one of them.</summary>
internal sealed class StepStorage : StableStorage
{
    private const int InputOutput = 5; // EIO

    private readonly List<string> _steps = [];

    /// <summary>The step that fails, 0 the first; null for none.</summary>
    public int? FailsAt { get; set; }

    /// <summary>Whether the step takes effect although it fails.</summary>
    public bool FailsLate { get; set; }

    /// <summary>What was done so far, each step by its kind and the name it was done to.</summary>
    public IReadOnlyList<string> Steps
    {
        get
        {
            lock (_steps)
            {
                return [.. _steps];
            }
        }
    }

    public override void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null)
    {
        if (Next("write", path))
        {
            base.Write(path, FailsLate ? content : content[..(content.Length / 2)], mode);
            throw Failure("write", path);
        }

        base.Write(path, content, mode);
    }

    public override void Sync(string path) => Do("sync", path, () => base.Sync(path));

    public override void SyncFolder(string path) => Do("sync folder", path, () => base.SyncFolder(path));

    public override void Move(string from, string to) => Do("move", to, () => base.Move(from, to));

    public override void MoveFolder(string from, string to) => Do("move folder", to, () => base.MoveFolder(from, to));

    public override void Exchange(string left, string right) => Do("exchange", right, () => base.Exchange(left, right));

    public override void Remove(string path) => Do("remove", path, () => base.Remove(path));

    /// <summary>Runs an operation once for each of its steps, on a place of its own, and lets that step fail: before it
    /// takes effect and after. The failure must be seen by whoever called.</summary>
    /// <param name="prepare">Makes a place that the operation can be done in.</param>
    /// <param name="operate">Does it.</param>
    /// <param name="check">Looks at what is left after a failure. Told what the operation was stopped at.</param>
    /// <returns>The steps of the operation where none fails.</returns>
    public static async Task<IReadOnlyList<string>> FailEachStepAsync<T>(
        Func<StepStorage, Task<T>> prepare, Func<T, Task> operate, Func<T, string, Task> check)
        where T : IDisposable
    {
        IReadOnlyList<string> steps;
        var storage = new StepStorage();
        using (var place = await prepare(storage))
        {
            storage.Start(failsAt: null, late: false);
            await operate(place);
            steps = storage.Steps;
        }

        Assert.NotEmpty(steps);
        foreach (var late in (bool[])[false, true])
        {
            for (var step = 0; step < steps.Count; step++)
            {
                storage = new StepStorage();
                using var place = await prepare(storage);
                storage.Start(step, late);
                var what = $"step {step} of {steps.Count} ({steps[step]}), {(late ? "after" : "before")} it took effect";
                var failure = await Record.ExceptionAsync(() => operate(place));
                Assert.True(failure is not null, $"nobody heard of the failure of {what}");
                Assert.True(IsInjected(failure), $"{what} became {failure}");
                storage.Start(failsAt: null, late: false);
                await check(place, what);
            }
        }

        return steps;
    }

    private static bool IsInjected(Exception? failure) =>
        failure is not null && (failure.Message.Contains("injected", StringComparison.Ordinal) || IsInjected(failure.InnerException));

    private void Start(int? failsAt, bool late)
    {
        lock (_steps)
        {
            _steps.Clear();
            (FailsAt, FailsLate) = (failsAt, late);
        }
    }

    private void Do(string what, string path, Action step)
    {
        var fails = Next(what, path);
        if (!fails || FailsLate)
        {
            step();
        }

        if (fails)
        {
            throw Failure(what, path);
        }
    }

    private bool Next(string what, string path)
    {
        lock (_steps)
        {
            _steps.Add($"{what} {Path.GetFileName(path)}");
            return FailsAt == _steps.Count - 1;
        }
    }

    private static IOException Failure(string what, string path) => new($"{what} {path}: injected", InputOutput);
}
