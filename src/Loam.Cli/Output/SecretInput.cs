using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Loam.Cli.Output;

/// <summary>Reads secrets from stdin: piped in, or typed at a terminal that does not show them.</summary>
internal static partial class SecretInput
{
    private const int MaximumBytes = 64 << 10;
    private const int TermiosBytes = 64; // struct termios of Linux has 60
    private const int LocalModesOffset = 12; // c_lflag
    private const uint Echo = 8; // ECHO
    private const int AfterOutput = 1; // TCSADRAIN

    /// <summary>All of stdin, without the line end behind it.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.PasswordNeeded"/> if there is nothing.</exception>
    public static async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        var input = Console.OpenStandardInput();
        await using (input.ConfigureAwait(false))
        {
            return await ReadAsync(input, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="ReadAsync(CancellationToken)"/>
    internal static async Task<string> ReadAsync(Stream input, CancellationToken cancellationToken)
    {
        var content = new MemoryStream();
        var buffer = new byte[4096];
        int read;
        while ((read = await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0 && content.Length + read <= MaximumBytes)
        {
            content.Write(buffer, 0, read);
        }

        return read > 0
            ? throw new LoamException(ErrorCodes.PasswordNeeded, $"stdin holds more than {MaximumBytes} bytes, which is too long for a password")
            : ToText(content.ToArray());
    }

    /// <summary>Asks at the terminal.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.PasswordNeeded"/> where stdin is not a terminal.</exception>
    public static async Task<string> AskAsync(string prompt, CancellationToken cancellationToken)
    {
        var saved = new byte[TermiosBytes];
        if (Console.IsInputRedirected || GetModes(0, saved) != 0)
        {
            throw new LoamException(ErrorCodes.PasswordNeeded, "no password was given, and stdin is not a terminal");
        }

        var silent = (byte[])saved.Clone();
        BitConverter.TryWriteBytes(silent.AsSpan(LocalModesOffset), BitConverter.ToUInt32(saved, LocalModesOffset) & ~Echo);
        try
        {
            if (SetModes(0, AfterOutput, silent) != 0)
            {
                throw new LoamException(ErrorCodes.PasswordNeeded, "the terminal's echo cannot be turned off");
            }

            await Console.Error.WriteAsync(prompt).ConfigureAwait(false);

            // The console's own reader would show what is typed; and a read cannot be cancelled, so it is left behind.
            return ToText(await Task.Run(ReadLine, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            _ = SetModes(0, AfterOutput, saved);
            await Console.Error.WriteLineAsync().ConfigureAwait(false);
        }
    }

    private static byte[] ReadLine()
    {
        using var input = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        var line = new MemoryStream();
        int next;
        while ((next = input.ReadByte()) is not (-1 or '\n') && line.Length < MaximumBytes)
        {
            line.WriteByte((byte)next);
        }

        return line.ToArray();
    }

    private static string ToText(byte[] content) => Encoding.UTF8.GetString(content).TrimEnd('\n', '\r') is { Length: > 0 } text
        ? text
        : throw new LoamException(ErrorCodes.PasswordNeeded, "the password is empty");

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int GetModes(int file, [Out] byte[] termios);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    private static partial int SetModes(int file, int when, byte[] termios);
}
