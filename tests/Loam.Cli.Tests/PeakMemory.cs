using System.Diagnostics;
using System.Globalization;

namespace Loam.Cli.Tests;

/// <summary>The most memory that a process ever had, as the kernel says while it lives.</summary>
internal static class PeakMemory
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(10);

    /// <summary>Watches from a thread of its own, since a busy machine's pool may have none to spare.</summary>
    /// <returns>Bytes, once the process has ended.</returns>
    public static Task<long> WatchAsync(Process process)
    {
        var first = Read(process);
        return Task.Factory.StartNew(
            () =>
            {
                var peak = first;
                while (!process.HasExited)
                {
                    peak = Math.Max(peak, Read(process));
                    Thread.Sleep(Every);
                }

                return peak;
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    /// <returns>0 once the process has ended.</returns>
    private static long Read(Process process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
