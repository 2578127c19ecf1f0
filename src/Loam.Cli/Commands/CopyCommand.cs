using System.CommandLine;
using Loam.Cli.Options;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam cp</c>: files into and out of a stopped workspace.</summary>
internal static class CopyCommand
{
    public static Command Create(GlobalOptions global)
    {
        var source = new Argument<string>("source") { Description = "A path here, or NAME:PATH in a workspace" };
        var target = new Argument<string>("target") { Description = "The other of the two" };
        var command = new Command("cp", "Copy files into or out of a stopped workspace") { source, target };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var workspaces = new WorkspaceStore(global.OpenStore(parsed));
            var (from, to) = (Split(parsed.GetValue(source)!), Split(parsed.GetValue(target)!));
            if (from.Workspace is null == to.Workspace is null)
            {
                throw new LoamException(ErrorCodes.Usage, "one of the two paths is in a workspace, written NAME:PATH") { Hint = "A path here with a colon is written ./a:b." };
            }

            var workspace = workspaces.Get((from.Workspace ?? to.Workspace)!);
            if (from.Workspace is null)
            {
                await new WorkspaceRunner(workspaces).CopyInAsync(workspace, from.Path, to.Path, cancellationToken).ConfigureAwait(false);
                return 0;
            }

            var leftOut = new WorkspaceRunner(workspaces).CopyOut(workspace, from.Path, to.Path, cancellationToken);
            if (leftOut > 0)
            {
                await Console.Error.WriteLineAsync($"loam: warning: {leftOut} devices, sockets or pipes were left out").ConfigureAwait(false);
            }

            return 0;
        });
        return command;
    }

    private static (string? Workspace, string Path) Split(string text) =>
        text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && !text.AsSpan(0, colon).Contains('/') ? (text[..colon], text[(colon + 1)..]) : (null, text);
}
