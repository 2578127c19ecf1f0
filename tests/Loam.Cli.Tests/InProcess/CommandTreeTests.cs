using System.CommandLine;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using Loam.Cli.Commands;
using Loam.Cli.Options;
using Loam.Cli.Output;
using Loam.TestKit;

namespace Loam.Cli.Tests.InProcess;

/// <summary>Help is written as <c>docs/style.md</c> says, and <c>docs/cli.md</c> leaves nothing out.</summary>
public sealed class CommandTreeTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));

    internal static RootCommand Root { get; } = CommandTree.Create(new GlobalOptions());

    /// <summary>Every command that does something, with its words.</summary>
    internal static IEnumerable<(LoamCommand Command, string Path)> Commands() => Below(Root, "").Where(command => command.Command.Action is not null);

    private static IEnumerable<(LoamCommand Command, string Path)> Below(Command command, string path) =>
        command.Subcommands.Cast<LoamCommand>().SelectMany(
            below => Below(below, $"{path} {below.Name}".Trim()).Prepend((below, $"{path} {below.Name}".Trim())));

    [Fact]
    public void The_tree_is_the_one_that_scripts_know() => Assert.Equal(
        """
        image pull, image list|ls, image inspect, image diff, image push, image load, image save, image tag, image delete, image rm|rmi, image prune,
        store check, store du, rootfs build, rootfs pull, rootfs push, rootfs inspect, rootfs ls, rootfs cat, rootfs export, registry login,
        registry logout, registry list|ls, pull, push, images, tags, rmi, load, save, create, run, start, exec, halt, kill, pause, resume, clone,
        commit, ls, status, logs, cp, delete|rm, doctor, version, completion
        """.ReplaceLineEndings(" "),
        string.Join(", ", Commands().Select(command => string.Join('|', command.Command.Aliases.Prepend(command.Path)))));

    [Fact]
    public void Help_is_imperative_without_a_full_stop_and_has_examples()
    {
        Assert.All(Below(Root, ""), command =>
        {
            AssertPhrase(command.Path, command.Command.Description);
            Assert.NotEmpty(command.Command.Examples);
            Assert.All(command.Command.Examples, example => Assert.Contains("loam ", example, StringComparison.Ordinal));
            Assert.All(command.Command.Options, option => AssertPhrase($"{command.Path} {option.Name}", option.Description));
            Assert.All(command.Command.Arguments, argument => AssertPhrase($"{command.Path} {argument.Name}", argument.Description));
        });
        Assert.All(Root.Options, option => AssertPhrase(option.Name, option.Description));
    }

    [Fact]
    public void Every_example_can_be_parsed()
    {
        foreach (var (command, path) in Commands())
        {
            foreach (var example in command.Examples)
            {
                // Without the comment, and the shell's own words.
                var line = example[(example.LastIndexOf("loam ", StringComparison.Ordinal) + 5)..].Split([" #", " | ", " || ", " < ", " > "], 2, default)[0];
                var (parsed, _) = Samples.Parse(line.TrimEnd(')').Trim());
                Assert.True(App.UsageError.Of(parsed) is null, $"{path}: {line}: {App.UsageError.Of(parsed)?.Message}");
            }
        }
    }

    [Theory]
    [InlineData("--help", "Examples:\n  loam pull alpine ")]
    [InlineData("image --help", "Examples:\n  loam image pull alpine\n")]
    [InlineData("store du --help", "Examples:\n  loam store du\n  loam store du --json | jq .total.reclaimable_bytes\n\n")]
    public void Help_ends_with_the_commands_own_examples(string line, string examples)
    {
        using var output = new StringWriter { NewLine = "\n" };
        Assert.Equal(0, Samples.Parse(line).Parsed.Invoke(new InvocationConfiguration { Output = output }));
        Assert.Contains(examples, output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Short_forms_say_so()
    {
        var shorts = Root.Subcommands.Where(command => command.Description!.Contains("same as", StringComparison.Ordinal)).ToDictionary(
            command => command.Name, command => command.Description!);
        Assert.Equal(["images", "load", "pull", "push", "rmi", "save"], shorts.Keys.Order());
        Assert.Equal("Pull an image and build its disk (same as `image pull`)", shorts["pull"]);
    }

    [Fact]
    public void The_page_has_every_command_and_every_option()
    {
        foreach (var (command, path) in Commands())
        {
            Assert.True(Page.Contains($"`loam {path}", StringComparison.Ordinal), $"docs/cli.md does not have loam {path}");
            foreach (var option in command.Options.Where(option => !option.Hidden))
            {
                Assert.True(Page.Contains(option.Name, StringComparison.Ordinal), $"docs/cli.md does not have {option.Name} of loam {path}");
            }
        }
    }

    [Fact]
    public void The_page_has_every_field_of_the_json()
    {
        var schemas = string.Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs", "schemas")).Select(File.ReadAllText));
        var fields = typeof(CliJson).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => property.GetValue(CliJson.Indented)).OfType<JsonTypeInfo>()
            .Where(type => type.Kind == JsonTypeInfoKind.Object && type.Type.Namespace == typeof(CliJson).Namespace)
            .SelectMany(type => type.Properties.Select(property => $"{property.Name} of {type.Type.Name}")).Distinct().ToList();
        Assert.InRange(fields.Count, 100, int.MaxValue);
        Assert.Equal([], fields.Where(field =>
            !System.Text.RegularExpressions.Regex.IsMatch(
                Page + schemas, $@"\b{field.Split(' ')[0]}\b", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(5))));
    }

    private static void AssertPhrase(string what, string? text)
    {
        Assert.True(text is { Length: > 3 } && char.IsUpper(text[0]), $"{what}: {text}");
        Assert.False(text!.EndsWith('.') || text.Contains('\n', StringComparison.Ordinal), $"{what}: {text}");
    }
}
