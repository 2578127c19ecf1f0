using System.CommandLine;
using System.CommandLine.Help;
using Loam.Cli.Options;

namespace Loam.Cli.Commands;

/// <summary>The whole grammar: one tree of commands, and short names for the ones used most.</summary>
internal static class LoamCommand
{
    public static RootCommand Create(GlobalOptions global)
    {
        var root = new RootCommand("OCI images in, microVM root disks out, and back again.")
        {
            new Command("image", "Pull, list, look into, name, load, save, push and remove images")
            {
                PullCommand.Create(global),
                ListCommand.Create(global, "list", "ls"),
                InspectCommand.Create(global),
                DiffCommand.Create(global),
                PushCommand.Create(global),
                LoadCommand.Create(global),
                SaveCommand.Create(global),
                TagCommand.Create(global),
                DeleteCommand.Create(global),
                RemoveCommand.Create(global, "rm", "rmi"),
                PruneCommand.Create(global),
            },
            new Command("store", "Check and measure what is kept")
            {
                CheckCommand.Create(global),
                UsageCommand.Create(global),
            },
            new Command("rootfs", "Build, fetch and push root disks, and look into them")
            {
                BuildCommand.Create(global),
                DiskPullCommand.Create(global),
                DiskPushCommand.Create(global),
                DiskCommands.Inspect(global),
                DiskCommands.List(global),
                DiskCommands.Cat(),
                DiskCommands.Export(global),
            },
            new Command("registry", "Log in to registries, and see where one is logged in")
            {
                LoginCommand.Create(global),
                LogoutCommand.Create(global),
                RegistryListCommand.Create(global),
            },
            PullCommand.Create(global, "Short for `image pull`"),
            PushCommand.Create(global, "Short for `image push`"),
            ListCommand.Create(global, "images"),
            TagsCommand.Create(global),
            RemoveCommand.Create(global, "rmi"),
            LoadCommand.Create(global, "Short for `image load`"),
            SaveCommand.Create(global, "Short for `image save`"),
            CreateCommand.Create(global),
            GuestCommands.Run(global),
            GuestCommands.Start(global),
            GuestCommands.Exec(global),
            WorkspaceCommand.Halt(global),
            WorkspaceCommand.Kill(global),
            WorkspaceCommand.Pause(global),
            WorkspaceCommand.Resume(global),
            CloneCommand.Create(global),
            CommitCommand.Create(global),
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
