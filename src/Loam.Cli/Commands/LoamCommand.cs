using System.CommandLine;
using System.CommandLine.Help;

namespace Loam.Cli;

/// <summary>The whole grammar: one tree of commands, and short names for the ones used most.</summary>
internal static class LoamCommand
{
    public static RootCommand Create(GlobalOptions global)
    {
        var root = new RootCommand("OCI images in, microVM root disks out, and back again.")
        {
            new Command("image", "Pull and list images")
            {
                PullCommand.Create(global),
                ListCommand.Create(global, "list", "ls"),
            },
            new Command("rootfs", "Build root disks")
            {
                BuildCommand.Create(global),
            },
            PullCommand.Create(global, "Short for `image pull`"),
            ListCommand.Create(global, "images"),
            CreateCommand.Create(global),
            GuestCommands.Run(global),
            GuestCommands.Start(global),
            GuestCommands.Exec(global),
            WorkspaceCommand.Halt(global),
            WorkspaceCommand.Kill(global),
            WorkspaceCommand.Pause(global),
            WorkspaceCommand.Resume(global),
            CloneCommand.Create(global),
            WorkspaceCommand.List(global),
            WorkspaceCommand.Status(global),
            LogsCommand.Create(global),
            CopyCommand.Create(global),
            WorkspaceCommand.Delete(global),
            DoctorCommand.Create(global),
            VersionCommand.Create(global),
            CompletionCommand.Create(),
        };
        global.AddTo(root);
        ShowExamples(root);
        return root;
    }

    private static void ShowExamples(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            option.Action = new ExamplesHelp((HelpAction)option.Action!);
        }

        foreach (var option in root.Options.OfType<VersionOption>().ToArray())
        {
            option.Description = "Show the version";
        }
    }
}
