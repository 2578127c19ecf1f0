using System.CommandLine;
using Loam.Cli.App;
using Loam.Cli.Commands;
using Loam.Cli.Options;

namespace Loam.Cli.Tests.InProcess;

/// <summary>A wrong command line is told by the word to change.</summary>
public sealed class UsageErrorTests
{
    [Theory]
    [InlineData("pul x", "unknown command 'pul'", "Did you mean 'pull'? See `loam --help`.")]
    [InlineData("image lst", "unknown command 'lst'", "Did you mean 'list'? See `loam image --help`.")]
    [InlineData("image lst --format json", "unknown command 'lst'", "Did you mean 'list'? See `loam image --help`.")]
    [InlineData("strat w", "unknown command 'strat'", "Did you mean 'start'? See `loam --help`.")]
    [InlineData("registry logn x", "unknown command 'logn'", "Did you mean 'login'? See `loam registry --help`.")]
    [InlineData("frobnicate", "unknown command 'frobnicate'", "See `loam --help`.")]
    [InlineData("", "no command was given", "See `loam --help`.")]
    [InlineData("store", "no command was given", "See `loam store --help`.")]
    [InlineData("--frob", "unknown option '--frob'", "See `loam --help`.")]
    [InlineData("pull --platform linux/arm64 x", "unknown option '--platform'", "See `loam pull --help`.")]
    [InlineData("pull --forse x", "unknown option '--forse'", "Did you mean '--force'? See `loam pull --help`.")]
    [InlineData("pull x --jsn=1", "unknown option '--jsn'", "Did you mean '--json'? See `loam pull --help`.")]
    [InlineData("run --rm alpine", "unknown option '--rm'", "See `loam run --help`.")]
    [InlineData("run -it alpine sh", "unknown option '-it'", "See `loam run --help`.")]
    [InlineData("rootfs cat -x disk path", "unknown option '-x'", "See `loam rootfs cat --help`.")]
    [InlineData("pull x y", "unexpected argument 'y'", "See `loam pull --help`.")]
    [InlineData("pull", "<image> is missing", "See `loam pull --help`.")]
    [InlineData("exec work", "<command> is missing", "See `loam exec --help`.")]
    [InlineData("cp x", "<target> is missing", "See `loam cp --help`.")]
    [InlineData("registry login x", "--username is required", "See `loam registry login --help`.")]
    [InlineData("rootfs build --image x", "--out is required", "See `loam rootfs build --help`.")]
    [InlineData("pull x --arch a --arch b", "--arch was given more than once", "See `loam pull --help`.")]
    [InlineData("rootfs build --image x --out y --exec a --exec b", "--exec was given more than once", "See `loam rootfs build --help`.")]
    [InlineData("--mode ax --mode ux images", "--mode was given more than once", "See `loam images --help`.")]
    [InlineData("pull x --arch", "--arch needs a value", "See `loam pull --help`.")]
    [InlineData("pull x --jobs", "--jobs needs a value", "See `loam pull --help`.")]
    [InlineData("pull x --jobs 0", "--jobs takes a whole number from 1 to 64, not \"0\"", "See `loam pull --help`.")]
    [InlineData("pull x --jobs 65", "--jobs takes a whole number from 1 to 64, not \"65\"", "See `loam pull --help`.")]
    [InlineData("push x --jobs 1.5", "--jobs takes a whole number from 1 to 64, not \"1.5\"", "See `loam push --help`.")]
    [InlineData("rootfs push x --jobs z", "--jobs takes a whole number from 1 to 64, not \"z\"", "See `loam rootfs push --help`.")]
    [InlineData("load --size-mib 8000001", "--size-mib takes a whole number from 1 to 8000000, not \"8000001\"", "See `loam load --help`.")]
    [InlineData("create w --image x --size-mib 0", "--size-mib takes a whole number from 1 to 8000000, not \"0\"", "See `loam create --help`.")]
    [InlineData("run --memory 63 x", "--memory takes a whole number from 64 to 1048576, not \"63\"", "See `loam run --help`.")]
    [InlineData("run --memory 1G x", "--memory takes a whole number from 64 to 1048576, not \"1G\"", "See `loam run --help`.")]
    [InlineData("run --memory 99999999999 x", "--memory takes a whole number from 64 to 1048576, not \"99999999999\"", "See `loam run --help`.")]
    [InlineData("run --cpus 256 x", "--cpus takes a whole number from 1 to 255, not \"256\"", "See `loam run --help`.")]
    [InlineData("run -e =x y", "--env takes NAME=value, not \"=x\"", "See `loam run --help`.")]
    [InlineData("create w --image x -e A=1 -e B", "--env takes NAME=value, not \"B\"", "See `loam create --help`.")]
    [InlineData("halt w --timeout -1", "--timeout takes a number of seconds, not \"-1\"", "See `loam halt --help`.")]
    [InlineData("image prune --delete --older-than 3y", "--older-than takes an age such as 30d, 12h or 45m, not \"3y\"", "See `loam image prune --help`.")]
    [InlineData("image prune --delete --older-than d", "--older-than takes an age such as 30d, 12h or 45m, not \"d\"", "See `loam image prune --help`.")]
    [InlineData("image prune --older-than 3d", "--older-than removes images and their disks, so it needs --delete", "See `loam image prune --help`.")]
    [InlineData(
        "image prune --delete=false --older-than 3d", "--older-than removes images and their disks, so it needs --delete", "See `loam image prune --help`.")]
    [InlineData("--output xml images", "--output takes json or text, not \"xml\"", "See `loam images --help`.")]
    [InlineData("images --format text", "--format takes json or table, not \"text\"", "See `loam images --help`.")]
    [InlineData("save x --format zip", "--format takes docker or oci, not \"zip\"", "See `loam save --help`.")]
    [InlineData("save x --compress xz", "--compress takes gzip or zstd, not \"xz\"", "See `loam save --help`.")]
    [InlineData("completion tcsh", "shell takes bash, zsh or fish, not \"tcsh\"", "See `loam completion --help`.")]
    [InlineData(
        "images --filter dangling=maybe",
        "--filter takes reference=GLOB, dangling=true|false or label=KEY[=VALUE], not \"dangling=maybe\"",
        "See `loam images --help`.")]
    [InlineData(
        "images --columns image,colour",
        "--columns takes image, digest, platform, size, last_used, resolved, path, bytes, not \"colour\"",
        "See `loam images --help`.")]
    [InlineData("pull x --cert a", "--cert and --key must be given together", "See `loam pull --help`.")]
    [InlineData("tags x --key a", "--cert and --key must be given together", "See `loam tags --help`.")]
    [InlineData("image inspect x --tree --raw", "--tree, --raw and --config cannot be combined", "See `loam image inspect --help`.")]
    [InlineData(
        "rootfs build --image x --out y --exec a --init b",
        "--exec and --init cannot be combined: both set the guest's init",
        "See `loam rootfs build --help`.")]
    [InlineData("start w --exec a -- b", "--exec and a command cannot be combined", "See `loam start --help`.")]
    [InlineData("create w", "give either --image or --rootfs", "See `loam create --help`.")]
    [InlineData("create w --image a --rootfs b", "give either --image or --rootfs", "See `loam create --help`.")]
    [InlineData("create --image a", "give the workspace one name", "See `loam create --help`.")]
    [InlineData("create w --id v --image a", "give the workspace one name", "See `loam create --help`.")]
    [InlineData("registry logout", "name a registry, or pass --all", "See `loam registry logout --help`.")]
    [InlineData("registry logout x --all", "name a registry, or pass --all", "See `loam registry logout --help`.")]
    [InlineData("commit x", "give a workspace and the name of the new image", "See `loam commit --help`.")]
    [InlineData("commit w x --from-disk d", "--from-disk takes the name of the new image, and no workspace", "See `loam commit --help`.")]
    public void The_message_names_the_word_and_the_hint_the_command(string line, string message, string hint)
    {
        var error = UsageError.Of(Samples.Parse(line).Parsed);
        Assert.NotNull(error);
        Assert.Equal((ErrorCodes.Usage, message, hint), (error.Code, error.Message, error.Hint));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("pull --help")]
    [InlineData("image --help")]
    [InlineData("--version")]
    [InlineData("[suggest:3] pul")]
    [InlineData("version")]
    [InlineData("pull x")]
    [InlineData("pull -- -x")]
    [InlineData("run alpine --rm")]
    [InlineData("run alpine -- --rm -it")]
    [InlineData("run -e -A=b alpine")]
    [InlineData("load -i -")]
    [InlineData("save x -o -")]
    [InlineData("image inspect x --tree --raw=false")]
    [InlineData("image prune --delete --older-than 1.5w")]
    [InlineData("halt w --timeout 0.5")]
    [InlineData("images --filter a --filter label=x --columns BYTES,last-used")]
    [InlineData("registry logout x --all=false")]
    [InlineData("commit w x")]
    [InlineData("commit x --from-disk d")]
    [InlineData("create w --rootfs d --memory 64 --cpus 255 --size-mib 8000000")]
    [InlineData("pull x --jobs 64 --cert a --key b")]
    public void What_is_right_is_run(string line) => Assert.Null(UsageError.Of(Samples.Parse(line).Parsed));

    [Fact]
    public void No_option_of_any_command_can_make_the_parser_throw_and_each_error_is_one_line()
    {
        var count = 0;
        foreach (var (command, path) in CommandTreeTests.Commands())
        {
            foreach (var option in command.Options.Concat(CommandTreeTests.Root.Options).Select(option => option.Name).Where(
                name => name is not ("--help" or "--version")))
            {
                string[] values = ["", " abc", " -1", "=", $" a {option} b", " 9999999999999999999999", " --json"];
                foreach (var ending in values.Select(value => option + value))
                {
                    var (parsed, global) = Samples.Parse($"{path} {ending}");
                    _ = global.WantsEnvelope(parsed);
                    _ = parsed.Has(global.Verbose);
                    if (UsageError.Of(parsed) is { } error)
                    {
                        count++;
                        Assert.DoesNotContain('\n', error.Message);
                        Assert.DoesNotContain("Cannot parse", error.Message, StringComparison.Ordinal);
                        Assert.DoesNotContain("expects a", error.Message, StringComparison.Ordinal);
                    }
                }
            }
        }

        Assert.InRange(count, 1000, int.MaxValue);
    }

    [Theory]
    [InlineData("45s", 45)]
    [InlineData("2m", 120)]
    [InlineData("12h", 43_200)]
    [InlineData("30d", 2_592_000)]
    [InlineData("1.5w", 907_200)]
    public void An_age_has_a_unit(string age, double seconds)
    {
        var option = new Option<TimeSpan?>("--age") { CustomParser = Numbers.Age };
        Assert.Equal(TimeSpan.FromSeconds(seconds), new RootCommand { option }.Parse(["--age", age]).GetValue(option));
    }

    [Theory]
    [InlineData("0.5", 0.5)]
    [InlineData("86401", 86_400)]
    public void Seconds_end_at_a_day(string text, double seconds)
    {
        var option = new Option<double>("--time") { CustomParser = Numbers.Seconds };
        Assert.Equal(seconds, new RootCommand { option }.Parse(["--time", text]).GetValue(option));
    }

    [Theory]
    [InlineData("pull", "pull")]
    [InlineData("pll", "pull")]
    [InlineData("pulll", "pull")]
    [InlineData("plul", "pull")]
    [InlineData("xyz", null)]
    [InlineData("pu", null)]
    [InlineData("inspcet", "inspect")]
    [InlineData("inspctt", "inspect")]
    [InlineData("spctt", null)]
    public void The_nearest_word_is_meant(string word, string? meant) => Assert.Equal(meant, Spelling.Nearest(word, ["push", "pull", "inspect", "ls"]));
}
