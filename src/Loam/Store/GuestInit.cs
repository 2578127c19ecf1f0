using System.Text;

namespace Loam;

/// <summary>A program that becomes the guest's first process, installed as <c>/sbin/init</c>, where every Linux
/// kernel looks first (kernel, <c>init/main.c</c>).</summary>
public sealed class GuestInit
{
    private const int MaximumBytes = 256 << 20;

    private GuestInit(ReadOnlyMemory<byte> content, string? command)
    {
        Content = content;
        Command = command;
        Sha256 = Digest.Sha256(content.Span).Hex;
    }

    /// <summary>The program's bytes.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>The shell command it runs, if it is a script of Loam's own.</summary>
    public string? Command { get; }

    /// <summary>The SHA-256 of the program, in hex.</summary>
    public string Sha256 { get; }

    /// <summary>Reads an executable file of this host.</summary>
    /// <param name="path">The file, of at most 256 MiB.</param>
    /// <returns>The program.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.GuestInitInvalid"/>.</exception>
    public static GuestInit FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            var file = new FileInfo(path);
            if (file.Length is 0 or > MaximumBytes)
            {
                throw new LoamException(ErrorCodes.GuestInitInvalid, $"guest init {path} has {file.Length} bytes; 1 to {MaximumBytes} can be installed");
            }

            return new GuestInit(File.ReadAllBytes(path), command: null);
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            throw new LoamException(ErrorCodes.GuestInitInvalid, $"guest init {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Makes a script that mounts the kernel's file systems, takes over the image's environment and working
    /// folder, runs a shell command, and shuts the machine down when it ends.</summary>
    /// <param name="command">What <c>/bin/sh -c</c> runs.</param>
    /// <param name="config">The image's configuration, for environment and working folder.</param>
    /// <returns>The program.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="command"/> or <paramref name="config"/> is null.</exception>
    public static GuestInit FromCommand(string command, ImageConfig config)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(config);
        var script = new StringBuilder("""
            #!/bin/sh
            mount -t proc proc /proc
            mount -t sysfs sysfs /sys
            mount -t devtmpfs devtmpfs /dev 2>/dev/null

            """);
        foreach (var variable in config.Config?.Env ?? [])
        {
            var equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && variable.AsSpan(0, equals).IndexOfAnyExcept(NameCharacters) < 0)
            {
                script.Append("export ").Append(variable.AsSpan(0, equals)).Append('=').Append(Quote(variable[(equals + 1)..])).Append('\n');
            }
        }

        if (config.Config?.WorkingDir is { Length: > 0 } folder)
        {
            script.Append("cd ").Append(Quote(folder)).Append('\n');
        }

        script.Append("/bin/sh -c ").Append(Quote(command)).Append('\n');
        script.Append("sync\necho o > /proc/sysrq-trigger\nwhile :; do sleep 60; done\n");
        return new GuestInit(Encoding.UTF8.GetBytes(script.ToString()), command);
    }

    private static System.Buffers.SearchValues<char> NameCharacters { get; } =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
