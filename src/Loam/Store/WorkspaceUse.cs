using System.Text.Json;
using Loam.Files;
using Loam.Store;

namespace Loam;

/// <summary>What one workspace needs of the store, as its <c>workspace.json</c> says.</summary>
/// <param name="Name">The workspace.</param>
/// <param name="Image">The image it was made from, as a full reference; null where it does not say.</param>
/// <param name="Disk">The folder of the store's disk it was made from (<c>sha256-…</c>); null where it does not say.</param>
public sealed record WorkspaceUse(string Name, string? Image, string? Disk)
{
    private const string FileName = "workspace.json";
    private const int MaximumBytes = 1 << 20;

    /// <summary>What all workspaces of a state folder need. A folder without the file is not a workspace yet.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.WorkspaceUnreadable"/>: what it needs cannot be known, so
    /// nothing may be freed.</exception>
    internal static IReadOnlyList<WorkspaceUse> ReadAll(StatePaths paths) =>
        !Directory.Exists(paths.Workspaces)
            ? []
            : [.. Directory.EnumerateDirectories(paths.Workspaces).Order(StringComparer.Ordinal).Select(Read).OfType<WorkspaceUse>()];

    /// <summary>Whether it was made from a name.</summary>
    internal bool Uses(string name) => string.Equals(Image, name, StringComparison.Ordinal);

    private static WorkspaceUse? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            if (Libc.Status(path) is not { } status)
            {
                return null;
            }

            var file = status.Size > MaximumBytes
                ? throw new JsonException($"{status.Size} bytes")
                : JsonSerializer.Deserialize(File.ReadAllBytes(path), StoreJson.Default.WorkspaceFile) ?? throw new JsonException("it is null");
            return new WorkspaceUse(Path.GetFileName(folder), FullName(file.Image), DiskFolder(file.Disk));
        }
        catch (Exception e) when (IoFailure.Is(e) || e is JsonException)
        {
            throw new LoamException(ErrorCodes.WorkspaceUnreadable, $"{path} cannot be read: {e.Message}", e);
        }
    }

    private static string? FullName(string? image) =>
        image is not null && ImageReference.TryParse(image, out var reference) ? reference.ToString() : image;

    /// <summary>A disk's id with or without its algorithm, or its path, as the name of its folder.</summary>
    private static string? DiskFolder(string? disk)
    {
        if (string.IsNullOrEmpty(disk))
        {
            return null;
        }

        var folder = disk.EndsWith($"/{DiskStore.DiskName}", StringComparison.Ordinal) ? Path.GetDirectoryName(disk)! : disk;
        var name = Path.GetFileName(folder).Replace(':', '-');
        return name.Contains('-', StringComparison.Ordinal) ? name : $"sha256-{name}";
    }
}
