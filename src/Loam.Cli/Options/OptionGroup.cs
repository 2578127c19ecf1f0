using System.CommandLine;

namespace Loam.Cli.Options;

/// <summary>Options that several commands share, with the rules that hold among them.</summary>
internal interface IOptionGroup
{
    /// <summary>Adds the options to a command, in the order in which its help lists them.</summary>
    public void AddTo(Command command);
}

/// <summary>Lets a command list a group among its own options.</summary>
internal static class OptionGroups
{
    public static void Add(this Command command, IOptionGroup group) => group.AddTo(command);
}
