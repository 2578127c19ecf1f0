using System.Runtime.InteropServices;

namespace Loam;

/// <summary>The .NET runtime that the program runs on: the installed one, or the one that a native program carries.</summary>
/// <param name="Name">As it calls itself: <c>.NET 10.0.1</c>.</param>
/// <param name="Version">Its version.</param>
/// <param name="SupportEnds">The last day with security updates from its maker
/// (<c>https://dotnet.microsoft.com/platform/support/policy</c>); null where it is not known.</param>
public sealed record LoamRuntime(string Name, Version Version, DateOnly? SupportEnds)
{
    /// <summary>The runtime of this process.</summary>
    public static LoamRuntime Current { get; } = Of(RuntimeInformation.FrameworkDescription, Environment.Version);

    /// <summary>Whether the runtime gets security updates on a day.</summary>
    /// <param name="day">The day.</param>
    /// <returns>Null where that is not known: for versions that are newer than this library.</returns>
    public bool? IsSupported(DateOnly day) => SupportEnds is { } end ? day <= end : null;

    /// <summary>A sentence for people: <c>.NET 10.0.1, supported until 2028-11-14</c>.</summary>
    /// <param name="day">Today.</param>
    /// <returns>The sentence, without a full stop.</returns>
    public string Describe(DateOnly day) => IsSupported(day) switch
    {
        true => $"{Name}, supported until {SupportEnds:yyyy-MM-dd}",
        false => $"{Name}, out of support since {SupportEnds:yyyy-MM-dd}",
        null => Name,
    };

    internal static LoamRuntime Of(string name, Version version) => new(name, version, version.Major switch
    {
        8 or 9 => new DateOnly(2026, 11, 10),
        10 => new DateOnly(2028, 11, 14),
        < 8 => new DateOnly(2024, 11, 12), // .NET 6 was the last of them.
        _ => null,
    });
}
