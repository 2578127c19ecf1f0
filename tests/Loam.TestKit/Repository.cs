namespace Loam.TestKit;

/// <summary>Where the repository stands.</summary>
public static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "Loam.slnx")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
