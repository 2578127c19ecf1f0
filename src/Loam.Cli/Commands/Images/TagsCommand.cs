using System.CommandLine;
using Loam.Cli.Options;
using Loam.Cli.Output;

namespace Loam.Cli.Commands;

/// <summary><c>loam tags</c>: the tags of a repository.</summary>
internal sealed class TagsCommand(GlobalOptions global)
{
    private readonly Argument<string> _repository = new("repository") { Description = "The repository: [host[:port]/]name" };
    private readonly RegistryAccessOptions _registry = new(global);

    public static LoamCommand Create(GlobalOptions global)
    {
        var tags = new TagsCommand(global);
        return new LoamCommand("tags", "List the tags of a repository in its registry", tags.RunAsync) { tags._repository, tags._registry }
            .WithExamples("loam tags ghcr.io/org/app", "loam tags --json alpine");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var repository = ImageReference.Parse(parsed.GetValue(_repository)!);
        var tags = await _registry.RunAsync(
            parsed,
            async registry =>
            {
                var all = new List<string>();
                await foreach (var tag in registry.Client.ListTagsAsync(repository, cancellationToken).ConfigureAwait(false))
                {
                    all.Add(tag);
                }

                return all;
            },
            cancellationToken).ConfigureAwait(false);
        global.Results(parsed).Write(
            new TagsJson($"{repository.Registry}/{repository.Repository}", tags),
            CliJson.Indented.TagsJson,
            () => string.Join('\n', tags),
            () => string.Join('\n', tags));
        return 0;
    }
}
