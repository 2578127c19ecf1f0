using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Loam.Cli;

/// <summary>Help, and below it examples of the command.</summary>
internal sealed class ExamplesHelp(HelpAction inner) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var result = inner.Invoke(parseResult);
        var examples = Of(parseResult.CommandResult.Command.Name);
        if (examples.Length > 0)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        return result;
    }

    private static string[] Of(string command) => command switch
    {
        "loam" or "image" =>
        [
            "loam pull alpine                        # an image, and its disk under ~/.loam/images",
            "loam image list --json                  # what is here",
            "loam run alpine -- uname -a             # a program in a machine of its own",
            "loam doctor                             # what this host can do",
        ],
        "create" =>
        [
            "loam create research --image ubuntu:24.04 --size-mib 8192 --memory 2048",
            "loam create agent-1 --rootfs /tmp/rootfs.ext4 --env TOKEN=…",
            "loam create web --image debian --setup 'apt-get update'",
        ],
        "run" =>
        [
            "loam run alpine echo hello",
            "loam run -q alpine sh -c 'cat /etc/os-release; exit 3'",
            "echo data | loam run alpine -- wc -c",
            "loam run --keep --name try ubuntu:24.04  # a shell; its disk stays as workspace try",
        ],
        "start" =>
        [
            "loam start research                      # its program, or a shell, on this terminal",
            "loam start -d research                   # leave it running",
            "loam start research --exec 'make test'",
        ],
        "exec" =>
        [
            "loam exec research -- ls -la /",
            "loam exec research --user web -- sh      # a shell on this terminal",
        ],
        "halt" => ["loam halt research", "loam halt research --timeout 10 || loam kill research"],
        "kill" => ["loam kill research"],
        "pause" => ["loam pause research"],
        "resume" => ["loam resume research"],
        "clone" => ["loam clone research attempt-2"],
        "cp" => ["loam cp ./site research:/srv/site", "loam cp research:/var/log/app.log ."],
        "ls" => ["loam ls", "loam ls -q", "loam ls --json"],
        "status" => ["loam status research", "loam status -q research                  # stopped, running, paused or busy"],
        "logs" => ["loam logs research", "loam logs -f research"],
        "delete" => ["loam delete research"],
        "doctor" => ["loam doctor", "loam doctor --json --registry ghcr.io", "loam doctor --machines                   # fail where no machine can be booted"],
        "pull" =>
        [
            "loam pull docker.io/library/ubuntu:24.04",
            "loam pull --size-mib 4096 ghcr.io/org/app@sha256:…",
            "loam pull --arch arm64 alpine",
            "disk=$(loam pull -q alpine)             # the disk's path, for scripts",
        ],
        "list" or "images" =>
        [
            "loam images",
            "loam images -q                          # references only",
            "loam image list --json",
        ],
        "rootfs" or "build" =>
        [
            "loam rootfs build --image alpine@sha256:… --out alpine.ext4",
            "loam rootfs build --image alpine --allow-mutable --size-mib 64 --out alpine.ext4",
            "loam rootfs build --image alpine --allow-mutable --exec 'echo hello' --out hello.ext4",
        ],
        "completion" =>
        [
            "source <(loam completion bash)",
            "loam completion zsh > ~/.zfunc/_loam",
            "loam completion fish > ~/.config/fish/completions/loam.fish",
        ],
        _ => [],
    };
}
