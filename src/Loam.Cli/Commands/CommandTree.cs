using System.CommandLine;
using System.CommandLine.Help;
using Loam.Cli.Options;

namespace Loam.Cli.Commands;

/// <summary>The whole grammar: one tree of commands, and short names for those used most.</summary>
internal static class CommandTree
{
    private static readonly string[] Examples =
    [
        "loam pull alpine                        # an image, and its disk in ~/.loam/images",
        "loam images                             # list the images in the store",
        "loam image inspect alpine               # show what is in an image",
        "loam run alpine -- uname -a             # run a program in a machine of its own",
        "loam rmi alpine                         # remove the image and its disk",
        "loam doctor                             # check this host",
    ];

    public static RootCommand Create(GlobalOptions global)
    {
        var root = new RootCommand("OCI images in, microVM root disks out, and back again")
        {
            new LoamCommand("image", "Pull, list, inspect, tag, load, save, push and remove images")
            {
                PullCommand.Create(global),
                ListCommand.Create(global, "list").WithAlias("ls"),
                InspectCommand.Create(global),
                DiffCommand.Create(global),
                PushCommand.Create(global),
                LoadCommand.Create(global),
                SaveCommand.Create(global),
                TagCommand.Create(global),
                DeleteCommand.Create(global),
                RemoveCommand.Create(global, "rm").WithAlias("rmi"),
                PruneCommand.Create(global),
            }.WithExamples("loam image pull alpine", "loam image list --json", "loam image inspect alpine --tree", "loam image rm alpine"),
            new LoamCommand("store", "Verify the store, and show its disk usage")
            {
                CheckCommand.Create(global),
                UsageCommand.Create(global),
            }.WithExamples("loam store check", "loam store du"),
            new LoamCommand("rootfs", "Build, inspect, pull and push root disks")
            {
                DiskBuildCommand.Create(global),
                DiskPullCommand.Create(global),
                DiskPushCommand.Create(global),
                DiskInspectCommand.Create(global),
                DiskListCommand.Create(global),
                DiskCatCommand.Create(),
                DiskExportCommand.Create(global),
            }.WithExamples("loam rootfs build --image alpine@sha256:… --out alpine.ext4", "loam rootfs ls alpine.ext4 /etc"),
            new LoamCommand("registry", "Log in to registries, and list your logins")
            {
                LoginCommand.Create(global),
                LogoutCommand.Create(global),
                RegistryListCommand.Create(global),
            }.WithExamples("loam registry login ghcr.io -u octocat --password-stdin < token.txt", "loam registry list", "loam registry logout ghcr.io"),
            PullCommand.Create(global).ShortFor("image pull"),
            PushCommand.Create(global).ShortFor("image push"),
            ListCommand.Create(global, "images").ShortFor("image list"),
            TagsCommand.Create(global),
            RemoveCommand.Create(global, "rmi").ShortFor("image rm"),
            LoadCommand.Create(global).ShortFor("image load"),
            SaveCommand.Create(global).ShortFor("image save"),
            CreateCommand.Create(global),
            RunCommand.Create(global),
            StartCommand.Create(global),
            ExecCommand.Create(global),
            HaltCommand.Create(global),
            KillCommand.Create(global),
            PauseCommand.Create(global),
            ResumeCommand.Create(global),
            CloneCommand.Create(global),
            CommitCommand.Create(global),
            WorkspaceListCommand.Create(global),
            StatusCommand.Create(global),
            LogsCommand.Create(global),
            CopyCommand.Create(global),
            WorkspaceDeleteCommand.Create(global),
            DoctorCommand.Create(global),
            VersionCommand.Create(global),
            CompletionCommand.Create(),
        };
        root.Add(global);
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Action = new ExamplesHelp((HelpAction)help.Action!, Examples);
        }

        foreach (var version in root.Options.OfType<VersionOption>())
        {
            version.Description = "Show the version";
        }

        return root;
    }
}
