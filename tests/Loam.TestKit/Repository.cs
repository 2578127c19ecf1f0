namespace Loam.TestKit;

/// <summary>The repository that the tests were built from.</summary>
public static class Repository
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "Loam.slnx")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
