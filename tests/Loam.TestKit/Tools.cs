using System.Diagnostics;
using System.Text;
using Xunit;

namespace Loam.TestKit;

/// <summary>What a program printed and how it ended.</summary>
public sealed record ToolResult(int ExitCode, string Output, string Error)
{
    public string All => Output + Error;
}

/// <summary>Runs the programs that judge.</summary>
public static class Tools
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    private static bool InCi => Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>Skips the test where a program is missing; in CI that is a failure.</summary>
    public static void Require(params string[] names)
    {
        foreach (var name in names)
        {
            Demand(Find(name) is not null, $"{name} is not installed");
        }
    }

    /// <summary>Skips the test without root; in CI that is a failure.</summary>
    public static void RequireRoot() => Demand(Environment.IsPrivilegedProcess, "this needs root");

    /// <summary>Skips the test where no machine can be booted; in CI that is a failure.</summary>
    public static void RequireMachine()
    {
        Require("qemu-system-x86_64", "busybox", "setpriv");
        Demand(Directory.Exists("/boot") && Directory.EnumerateFiles("/boot", "vmlinuz-*").Any(), "there is no kernel in /boot");
    }

    public static void Demand(bool holds, string reason)
    {
        if (InCi)
        {
            Assert.True(holds, $"in CI nothing may be skipped: {reason}");
        }

        Assert.SkipUnless(holds, reason);
    }

    /// <summary>Runs a program to its end.</summary>
    public static ToolResult Run(string name, params string[] arguments) => Run(name, arguments, input: null, environment: null);

    /// <summary>Runs a program that must succeed.</summary>
    public static string Check(string name, params string[] arguments)
    {
        var result = Run(name, arguments);
        Assert.True(result.ExitCode == 0, $"{name} {string.Join(' ', arguments)} ended with {result.ExitCode}:\n{result.All}");
        return result.Output;
    }

    public static ToolResult Run(string name, string[] arguments, byte[]? input, IReadOnlyDictionary<string, string>? environment)
    {
        var (code, output, error) = RunBytes(name, arguments, input, environment);
        return new ToolResult(code, Encoding.UTF8.GetString(output), error);
    }

    /// <summary>Sends bytes through a program.</summary>
    public static byte[] Filter(string name, string[] arguments, byte[] input)
    {
        var (code, output, error) = RunBytes(name, arguments, input, environment: null);
        Assert.True(code == 0, $"{name} ended with {code}: {error}");
        return output;
    }

    /// <summary>Runs a program and gives the bytes it wrote to stdout and to stderr.</summary>
    public static (int ExitCode, byte[] Output, byte[] Error) RunRaw(string name, string[] arguments, byte[] input)
    {
        using var process = Process.Start(new ProcessStartInfo(Find(name) ?? name, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (new MemoryStream(), new MemoryStream());
        Task[] copies = [process.StandardOutput.BaseStream.CopyToAsync(output), process.StandardError.BaseStream.CopyToAsync(error)];
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        if (!Task.WaitAll(copies, Limit) || !process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{name} {string.Join(' ', arguments)} did not end");
        }

        return (process.ExitCode, output.ToArray(), error.ToArray());
    }

    /// <summary>Where a program is; judges live in sbin too.</summary>
    public static string? Find(string name) => name.Contains('/', StringComparison.Ordinal)
        ? (File.Exists(name) ? name : null)
        : (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin").Split(':')
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static (int Code, byte[] Output, string Error) RunBytes(
        string name, string[] arguments, byte[]? input, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(Find(name) ?? name, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[key] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = new MemoryStream();
        var copying = process.StandardOutput.BaseStream.CopyToAsync(output);
        if (input is not null)
        {
            process.StandardInput.BaseStream.Write(input);
        }

        process.StandardInput.Close();
        if (!Task.WaitAll([copying, error], Limit) || !process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{name} {string.Join(' ', arguments)} did not end");
        }

        return (process.ExitCode, output.ToArray(), error.Result);
    }
}
