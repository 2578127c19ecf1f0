using System.CommandLine;
using Loam.Machines;

namespace Loam.Cli.Options;

/// <summary>The options of a machine: what it is made of, and what its programs find.</summary>
internal sealed class MachineOptions : IOptionGroup
{
    private const int MinimumMemoryMib = 64;
    private const int MaximumMemoryMib = 1 << 20;
    private const int MaximumCpus = 255;

    private readonly Option<int> _memory = new("--memory", "-m")
    {
        Description = "The guest's memory",
        HelpName = "MiB",
        DefaultValueFactory = _ => WorkspaceOptions.DefaultMemoryMib,
        CustomParser = result => Numbers.Whole(result, MinimumMemoryMib, MaximumMemoryMib),
    };

    private readonly Option<int> _cpus = new("--cpus")
    {
        Description = "The guest's processors",
        HelpName = "number",
        DefaultValueFactory = _ => 1,
        CustomParser = result => Numbers.Whole(result, 1, MaximumCpus),
    };

    private readonly Option<string[]> _env = new("--env", "-e")
    {
        Description = "A variable for the guest's programs; may be repeated",
        HelpName = "NAME=value",
    };

    private readonly Option<FileInfo?> _kernel = new("--kernel")
    {
        Description = "The kernel to boot (default: config.json's, else the newest /boot/vmlinuz-*)",
        HelpName = "path",
    };

    public MachineOptions() => _env.Validators.Add(result =>
    {
        if (result.Tokens.FirstOrDefault(variable => variable.Value.IndexOf('=', StringComparison.Ordinal) < 1) is { } wrong)
        {
            result.AddError($"--env takes NAME=value, not \"{wrong.Value}\"");
        }
    });

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _memory, _cpus, _env, _kernel })
        {
            command.Options.Add(option);
        }
    }

    public WorkspaceOptions Read(ParseResult parsed) => new()
    {
        MemoryMib = parsed.GetValue(_memory),
        Cpus = parsed.GetValue(_cpus),
        Env = parsed.GetValue(_env) ?? [],
        Kernel = parsed.GetValue(_kernel)?.FullName,
    };
}
