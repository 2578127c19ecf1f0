using Loam.Images;

namespace Loam.Store;

/// <summary>How <c>index.json</c> says what Loam knows of a name. Only its reader and its writer use these.</summary>
internal static class NameAnnotations
{
    public const string Name = MediaTypes.NameAnnotation;
    public const string Disk = "dev.loam.disk";
    public const string Index = "dev.loam.index.digest";
}
