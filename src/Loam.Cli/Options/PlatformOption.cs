using System.CommandLine;

namespace Loam.Cli.Options;

/// <summary><c>--platform</c> of the commands that read one image of the store.</summary>
internal sealed class PlatformOption : Option<string?>
{
    public PlatformOption()
        : base("--platform")
    {
        Description = "The platform to choose if the store has the image for several: linux/arm64";
        HelpName = "os/arch";
    }

    /// <returns>Null where any platform will do.</returns>
    public Platform? Read(ParseResult parsed) => parsed.GetValue(this) is { } text ? Platform.Parse(text) : null;
}
