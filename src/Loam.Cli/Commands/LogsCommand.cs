using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.Machines;

namespace Loam.Cli.Commands;

/// <summary><c>loam logs</c>: what a guest printed.</summary>
internal static class LogsCommand
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);

    public static Command Create(GlobalOptions global)
    {
        var name = WorkspaceCommand.NameArgument();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on while the machine runs" };
        var command = new Command("logs", "Print what the guest's kernel and its detached program printed") { name, follow };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var workspace = new WorkspaceStore(global.OpenStore(parsed)).Get(parsed.GetValue(name)!);
            var output = DescriptorStream.Output;
            await using (output.ConfigureAwait(false))
            {
                var position = await CopyAsync(workspace.ConsolePath, 0, output, cancellationToken).ConfigureAwait(false);
                while (parsed.GetValue(follow) && workspace.InUse)
                {
                    await Task.Delay(PollEvery, cancellationToken).ConfigureAwait(false);
                    position = await CopyAsync(workspace.ConsolePath, position, output, cancellationToken).ConfigureAwait(false);
                }
            }

            return 0;
        });
        return command;
    }

    private static async Task<long> CopyAsync(string path, long position, Stream output, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        var log = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        await using (log.ConfigureAwait(false))
        {
            // A machine that was started anew has begun a new log.
            log.Position = log.Length < position ? 0 : position;
            await log.CopyToAsync(output, cancellationToken).ConfigureAwait(false);
            return log.Position;
        }
    }
}
