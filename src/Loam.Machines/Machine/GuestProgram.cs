using System.Text;

namespace Loam.Machines;

/// <summary>A program to run in a guest.</summary>
public sealed record GuestProgram
{
    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const int Block = 4096;

    /// <summary>The program and its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary><c>NAME=value</c> each; a later one wins.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>User or <c>user:group</c>, names or numbers of the guest.</summary>
    public string User { get; init; } = "0";

    /// <summary>The folder to start in.</summary>
    public string Folder { get; init; } = "/";

    /// <summary>The guest's host name.</summary>
    public required string HostName { get; init; }

    /// <summary>What the guest's agent does to become the program.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.GuestCommandInvalid"/>.</exception>
    internal string Script()
    {
        var (user, group) = User.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? (User[..colon], User[(colon + 1)..]) : (User, "");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var variable in Env.Prepend($"HOSTNAME={HostName}").Prepend(DefaultPath))
        {
            if (variable.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            {
                environment[variable[..equals]] = variable[(equals + 1)..];
            }
        }

        var script = new StringBuilder();
        script.Append("identify ").Append(Quote(user.Length == 0 ? "0" : user)).Append(' ').Append(Quote(group)).Append('\n');
        script.Append("enter ").Append(Quote(Folder)).Append('\n');
        script.Append("become ");
        if (!environment.ContainsKey("HOME"))
        {
            script.Append("HOME=\"$home\" ");
        }

        foreach (var (name, value) in environment)
        {
            script.Append(Quote($"{name}={value}")).Append(' ');
        }

        script.Append("/bin/busybox nsenter -r. -w\"$folder\" $switch -F --");
        foreach (var argument in Command)
        {
            script.Append(' ').Append(Quote(argument));
        }

        return script.Append('\n').ToString();
    }

    /// <summary>A script as the agent reads it: the number of blocks, then the blocks, filled up with line feeds.</summary>
    internal static byte[] Frame(string script)
    {
        var bytes = Encoding.UTF8.GetBytes(script);
        var blocks = (bytes.Length + Block - 1) / Block;
        var head = Encoding.ASCII.GetBytes($"{blocks}\n");
        var message = new byte[head.Length + (blocks * Block)];
        message.AsSpan().Fill((byte)'\n');
        head.CopyTo(message, 0);
        bytes.CopyTo(message, head.Length);
        return message;
    }

    /// <summary>A word as the guest's shell takes it, whatever it holds.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.GuestCommandInvalid"/>.</exception>
    internal static string Quote(string text) => text.Contains('\0', StringComparison.Ordinal)
        ? throw new LoamException(ErrorCodes.GuestCommandInvalid, "a command, a user, a folder or a variable contains a zero byte")
        : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
