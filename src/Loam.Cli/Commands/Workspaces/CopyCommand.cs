using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam cp</c>: files into and out of a stopped workspace.</summary>
internal sealed class CopyCommand(GlobalOptions global)
{
    private readonly Argument<string> _source = new("source") { Description = "A local path, or NAME:PATH in a workspace" };
    private readonly Argument<string> _target = new("target") { Description = "Where to copy it: NAME:PATH, or a local path" };

    public static LoamCommand Create(GlobalOptions global)
    {
        var copy = new CopyCommand(global);
        return new LoamCommand("cp", "Copy files into or out of a stopped workspace", copy.RunAsync) { copy._source, copy._target }
            .WithExamples("loam cp ./site research:/srv/site", "loam cp research:/var/log/app.log .");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var workspaces = new WorkspaceStore(global.OpenStore(parsed));
        var (source, target) = (Split(parsed.GetValue(_source)!), Split(parsed.GetValue(_target)!));
        if (source.Workspace is null == target.Workspace is null)
        {
            throw new LoamException(ErrorCodes.Usage, "exactly one of the two paths must be in a workspace, written NAME:PATH")
            {
                Hint = "Write a local path with a colon as ./a:b.",
            };
        }

        var workspace = workspaces.Get((source.Workspace ?? target.Workspace)!);
        var leftOut = source.Workspace is null
            ? await new WorkspaceRunner(workspaces).CopyInAsync(workspace, source.Path, target.Path, cancellationToken).ConfigureAwait(false)
            : new WorkspaceRunner(workspaces).CopyOut(workspace, source.Path, target.Path, cancellationToken);
        if (leftOut > 0)
        {
            await Notices.WarnAsync([$"left out {leftOut} devices, sockets or pipes"]).ConfigureAwait(false);
        }

        return 0;
    }

    /// <summary>The two parts of <c>NAME:PATH</c>; a colon behind a slash is part of a local path.</summary>
    internal static (string? Workspace, string Path) Split(string text) =>
        text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && !text.AsSpan(0, colon).Contains('/')
            ? (text[..colon], text[(colon + 1)..])
            : (null, text);
}
