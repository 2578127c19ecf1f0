using System.Diagnostics;
using System.Globalization;

namespace Loam.Cli.Tests;

/// <summary>The most memory that a process ever had, as the kernel says while it lives.</summary>
internal static class PeakMemory
{
    /// <returns>Bytes, once the process has ended.</returns>
    public static async Task<long> WatchAsync(Process process)
    {
        var peak = 0L;
        while (!process.HasExited)
        {
            try
            {
                var line = (await File.ReadAllLinesAsync($"/proc/{process.Id}/status")).FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
                peak = line is null ? peak : Math.Max(peak, long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024);
            }
            catch (IOException)
            {
                // It has just ended.
            }

            await Task.Delay(10);
        }

        return peak;
    }
}
