using System.CommandLine;

namespace Loam.Cli.Options;

/// <summary>An image of the store, by any of the ways to name one.</summary>
internal sealed class StoredImageArgument : Argument<string>
{
    public StoredImageArgument(string name = "image")
        : base(name) => Description = "The image: a reference, a short name, a digest or its first digits";
}
