using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam logs</c>: what a guest printed.</summary>
internal sealed class LogsCommand(GlobalOptions global)
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);

    private readonly WorkspaceArgument _workspace = new(global);
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Keep printing while the machine runs" };

    public static LoamCommand Create(GlobalOptions global)
    {
        var logs = new LogsCommand(global);
        return new LoamCommand("logs", "Print the output of a guest's kernel and of its detached program", logs.RunAsync) { logs._workspace, logs._follow }
            .WithExamples("loam logs research", "loam logs -f research");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (_, workspace) = _workspace.Open(parsed);
        var output = DescriptorStream.Output;
        await using (output.ConfigureAwait(false))
        {
            var position = await CopyAsync(workspace.ConsolePath, 0, output, cancellationToken).ConfigureAwait(false);
            while (parsed.GetValue(_follow) && workspace.InUse)
            {
                await Task.Delay(PollEvery, cancellationToken).ConfigureAwait(false);
                position = await CopyAsync(workspace.ConsolePath, position, output, cancellationToken).ConfigureAwait(false);
            }
        }

        return 0;
    }

    /// <summary>Copies what a log has from a position on.</summary>
    /// <returns>The position of its end.</returns>
    internal static async Task<long> CopyAsync(string path, long position, Stream output, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        var log = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        await using (log.ConfigureAwait(false))
        {
            // A log that is shorter than before is a new one: the machine was started again.
            log.Position = log.Length < position ? 0 : position;
            await log.CopyToAsync(output, cancellationToken).ConfigureAwait(false);
            return log.Position;
        }
    }
}
