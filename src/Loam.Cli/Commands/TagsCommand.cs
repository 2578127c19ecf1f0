using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam tags</c>: the tags of a repository.</summary>
internal static class TagsCommand
{
    public static Command Create(GlobalOptions global)
    {
        var repository = new Argument<string>("repository") { Description = "The repository: [host[:port]/]name" };
        var settings = new RegistryFlags(global);
        var command = new Command("tags", "List the tags of a repository in its registry") { repository };
        settings.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var reference = ImageReference.Parse(parsed.GetValue(repository)!);
            var tags = await settings.RunAsync(parsed, async registry =>
            {
                var all = new List<string>();
                await foreach (var tag in registry.Client.ListTagsAsync(reference, cancellationToken).ConfigureAwait(false))
                {
                    all.Add(tag);
                }

                return all;
            }, cancellationToken).ConfigureAwait(false);
            new Results(global.WantsJson(parsed), parsed.GetValue(global.Quiet)).Write(
                new TagsJson($"{reference.Registry}/{reference.Repository}", tags),
                CliJson.Indented.TagsJson,
                () => string.Join('\n', tags),
                () => string.Join('\n', tags));
            return 0;
        });
        return command;
    }
}
