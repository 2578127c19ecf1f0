using System.CommandLine;

namespace Loam.Cli.Guest;

/// <summary>Where Loam's command line ends and a guest program's begins. After the name of an image or a workspace, the first
/// argument that is not a Loam option starts the program's command line, as after <c>--</c>.</summary>
internal static class GuestArguments
{
    private static readonly string[] Verbs = ["run", "start", "exec"];

    /// <summary>Whether a command puts this program in front of a guest's.</summary>
    public static bool IsFor(Command command) => Verbs.Contains(command.Name, StringComparer.Ordinal);

    public static string[] Separate(RootCommand root, string[] arguments)
    {
        var command = (Command?)null;
        var words = 0;
        for (var i = 0; i < arguments.Length && arguments[i] != "--"; i++)
        {
            var argument = arguments[i];
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var known = Find(root, command, equals > 0 ? argument[..equals] : argument);
            if (known is not null)
            {
                i += equals < 0 && known.Arity.MinimumNumberOfValues > 0 ? 1 : 0;
            }
            else if (command is null)
            {
                command = root.Subcommands.FirstOrDefault(verb => verb.Name == argument);
                if (command is null || !IsFor(command))
                {
                    return arguments;
                }
            }
            else if (words++ > 0)
            {
                return [.. arguments[..i], "--", .. arguments[i..]];
            }
        }

        return arguments;
    }

    private static Option? Find(RootCommand root, Command? command, string name) =>
        root.Options.Concat(command?.Options ?? []).FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name));
}
