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
        ],
        "pull" =>
        [
            "loam pull docker.io/library/ubuntu:24.04",
            "loam pull --size-mib 4096 ghcr.io/org/app@sha256:…",
            "loam pull --arch arm64 alpine",
            "disk=$(loam pull -q alpine)             # the disk's path, for scripts",
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
