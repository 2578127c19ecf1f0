using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Loam.Cli.Commands;

/// <summary>Help, and below it examples of the command.</summary>
internal sealed class ExamplesHelp(HelpAction inner) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var result = inner.Invoke(parseResult);
        var examples = Of(parseResult.CommandResult.Command);
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

    private static string[] Of(Command command) => (command.Parents.FirstOrDefault()?.Name, command.Name) switch
    {
        ("registry", var name) => OfRegistry(name),
        ("rootfs", var name) => OfDisk(name) ?? Of(name),
        ("image", "delete") => ["loam image delete local/ubuntu:baseline          # the name only", "loam image delete ubuntu:24.04 --delete --yes    # and what nothing else uses"],
        (_, _) when command is RootCommand => Of("loam"),
        (_, var name) => Of(name),
    };

    private static string[]? OfDisk(string command) => command switch
    {
        "push" =>
        [
            "loam push ghcr.io/org/app:1.2 && loam rootfs push ghcr.io/org/app:1.2   # others need not build the disk",
        ],
        "pull" =>
        [
            "loam rootfs pull ghcr.io/org/app:1.2",
            "loam pull --prefer-disk ghcr.io/org/app:1.2     # builds it where none is offered",
        ],
        "inspect" =>
        [
            "loam rootfs inspect disk.ext4",
        ],
        "ls" =>
        [
            "loam rootfs ls disk.ext4 /etc",
            "loam rootfs ls disk.ext4 -R --json | jq -r '.entries[] | select(.xattrs).path'",
        ],
        "cat" =>
        [
            "loam rootfs cat disk.ext4 /etc/os-release",
        ],
        "export" =>
        [
            "loam rootfs export disk.ext4 -o tree.tar",
            "loam rootfs export disk.ext4 | tar -t",
        ],
        _ => null,
    };

    private static string[] OfRegistry(string command) => command switch
    {
        "login" =>
        [
            "loam registry login registry.example.com -u alice",
            "loam registry login ghcr.io -u octocat --password-stdin < token.txt",
            "loam registry login registry.example.com/team -u robot --password-stdin < token.txt   # for one part of it",
        ],
        "logout" =>
        [
            "loam registry logout ghcr.io",
            "loam registry logout --all",
        ],
        _ =>
        [
            "loam registry list",
            "loam registry list --explain ghcr.io/org/app    # which source would be used, and why",
        ],
    };

    private static string[] Of(string command) => command switch
    {
        "loam" or "image" =>
        [
            "loam pull alpine                        # an image, and its disk under ~/.loam/images",
            "loam image list --json                  # what is here",
            "loam image inspect alpine               # what is in it",
            "loam rmi alpine                         # away with it",
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
        "push" =>
        [
            "loam push docker.io/library/alpine:latest localhost:5000/alpine:latest",
            "loam push --all-platforms ghcr.io/org/app:1.2",
        ],
        "tags" =>
        [
            "loam tags ghcr.io/org/app",
            "loam tags --json alpine",
        ],
        "load" =>
        [
            "loam load -i app.tar.zst -t registry.example/app:1",
            "loam load -i layout/ --platform all     # an OCI layout folder, every platform it holds",
            "docker save alpine | loam load",
        ],
        "save" =>
        [
            "loam save alpine -o alpine.tar          # for docker load, podman load",
            "loam save --format oci alpine ubuntu:24.04 -o both.tar   # every digest stays",
            "loam save --compress zstd alpine | ssh host loam load",
        ],
        "list" or "images" =>
        [
            "loam images",
            "loam images -q                          # references only",
            "loam image list --json",
            "loam images --filter 'ubuntu:*' --columns image,size,path",
            "loam images --filter dangling=true      # what leads nowhere",
            "loam images --filter label=org.opencontainers.image.vendor=Debian",
        ],
        "inspect" =>
        [
            "loam image inspect alpine",
            "loam image inspect 3c5f9d2a             # the first digits of its digest",
            "loam image inspect alpine --tree        # what each layer adds, changes, removes and wastes",
            "loam image inspect alpine --config | jq .config.Env",
        ],
        "diff" =>
        [
            "loam image diff alpine:3.20 alpine:3.21",
            "loam image diff app:1 app:2 --json",
        ],
        "tag" =>
        [
            "loam image tag ubuntu:24.04 local/ubuntu:baseline",
            "loam image tag sha256:3c5f9d2a local/ubuntu:baseline",
        ],
        "rm" or "rmi" =>
        [
            "loam rmi alpine ubuntu:24.04",
            "loam rmi --force app:1                  # even if a workspace was made from it",
        ],
        "prune" =>
        [
            "loam image prune                        # names whose disk is gone, unfinished files",
            "loam image prune --delete --dry-run     # what nobody uses, and its size",
            "loam image prune --delete --yes --older-than 30d",
        ],
        "store" or "check" =>
        [
            "loam store check                        # hash everything, follow every name",
            "loam store check --repair               # put damage aside, fetch blobs anew",
        ],
        "du" =>
        [
            "loam store du",
            "loam store du --json | jq .total.reclaimable_bytes",
        ],
        "registry" =>
        [
            "loam registry login ghcr.io -u octocat --password-stdin < token.txt",
            "loam registry list",
            "loam registry logout ghcr.io",
        ],
        "rootfs" or "build" =>
        [
            "loam rootfs build --image alpine@sha256:… --out alpine.ext4",
            "loam rootfs build --image alpine --allow-mutable --size-mib 64 --out alpine.ext4",
            "loam rootfs build --image alpine --allow-mutable --exec 'echo hello' --out hello.ext4",
        ],
        "commit" =>
        [
            "loam halt research && loam commit research registry.example/team/research:v1",
            "loam commit research registry.example/team/research:v1 --push --layered     # sends only what changed",
            "loam commit research local/research:v2 --change 'ENV MODE=fast' --change 'CMD [\"serve\"]' --message 'tuned'",
            "loam commit --from-disk disk.ext4 local/imported:1 --compress zstd:9",
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
