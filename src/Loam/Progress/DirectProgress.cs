namespace Loam.Progress;

/// <summary>Tells at once, on the thread that reports; <see cref="Progress{T}"/> tells later, and in any order.</summary>
internal sealed class DirectProgress<T>(Action<T> tell) : IProgress<T>
{
    public void Report(T value) => tell(value);
}
