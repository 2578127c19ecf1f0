using System.CommandLine;

namespace Loam.Cli.Options;

/// <summary>A command's own <c>--format</c>, which goes before the global choice of output.</summary>
internal sealed class FormatOption : Option<string?>
{
    public FormatOption(params string[] values)
        : base("--format")
    {
        Description = $"Print the result as {Choices.Join(values)}";
        this.OneOf(values);
    }
}
