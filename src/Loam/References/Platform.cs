using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Loam;

/// <summary>What an image runs on (OCI image-spec, <c>image-index.md</c>, "platform").</summary>
[JsonConverter(typeof(PlatformJsonConverter))]
public sealed record Platform : IParsable<Platform>
{
    /// <summary>The operating system: <c>linux</c>.</summary>
    [JsonPropertyName("os")]
    public required string Os { get; init; }

    /// <summary>The processor, as Go names it: <c>amd64</c>, <c>arm64</c>, <c>arm</c>…</summary>
    [JsonPropertyName("architecture")]
    public required string Architecture { get; init; }

    /// <summary>The processor's variant: <c>v7</c>.</summary>
    [JsonPropertyName("variant"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Variant { get; init; }

    /// <summary>Linux on this host's processor.</summary>
    public static Platform Host { get; } = new()
    {
        Os = "linux",
        Architecture = RuntimeInformation.OSArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => "amd64",
            System.Runtime.InteropServices.Architecture.X86 => "386",
            System.Runtime.InteropServices.Architecture.Armv6 or System.Runtime.InteropServices.Architecture.Arm => "arm",
            System.Runtime.InteropServices.Architecture.S390x => "s390x",
            System.Runtime.InteropServices.Architecture.Ppc64le => "ppc64le",
            System.Runtime.InteropServices.Architecture.RiscV64 => "riscv64",
            System.Runtime.InteropServices.Architecture.LoongArch64 => "loong64",
            _ => "arm64",
        },
    };

    /// <summary>Reads <c>os/architecture[/variant]</c>; other names for the same processor are understood.</summary>
    /// <param name="text">The platform: <c>linux/amd64</c>, <c>linux/arm/v7</c>.</param>
    /// <returns>The platform under its usual names; see <see cref="Normalize"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.InvalidPlatform"/>.</exception>
    public static Platform Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var platform) ? platform : throw new LoamException(ErrorCodes.InvalidPlatform, $"\"{text}\" is not a platform");
    }

    /// <summary>Reads a platform if it is one.</summary>
    /// <param name="text">As <see cref="Parse"/> takes it.</param>
    /// <param name="platform">The platform; null where the text is none.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Platform? platform)
    {
        var parts = text?.Split('/') ?? [];
        platform = parts.Length is 2 or 3 && parts.All(part => part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            ? new Platform { Os = parts[0], Architecture = parts[1], Variant = parts.ElementAtOrDefault(2) }.Normalize()
            : null;
        return platform is not null;
    }

    /// <inheritdoc/>
    static Platform IParsable<Platform>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<Platform>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out Platform result) =>
        TryParse(s, out result);

    /// <summary>The same platform under its usual names: <c>x86_64</c> is <c>amd64</c>, <c>arm64/v8</c> is <c>arm64</c>,
    /// <c>armhf</c> is <c>arm/v7</c>.</summary>
    /// <returns>The platform in lower case, by the names that Go has.</returns>
    public Platform Normalize()
    {
        var (architecture, variant) = (Architecture.ToLowerInvariant(), Variant?.ToLowerInvariant()) switch
        {
            ("x86_64" or "x86-64" or "amd64", "v1" or null) => ("amd64", null),
            ("x86_64" or "x86-64", var other) => ("amd64", other),
            ("aarch64" or "arm64", "v8" or "8" or null) => ("arm64", null),
            ("aarch64", var other) => ("arm64", other),
            ("i386" or "i486" or "i586" or "i686", _) => ("386", null),
            ("armhf", null) or ("arm", null or "7") => ("arm", "v7"),
            ("armel", null) or ("arm", "6") => ("arm", "v6"),
            ("arm", "5") => ("arm", "v5"),
            var same => same,
        };
        return new Platform { Os = Os.ToLowerInvariant(), Architecture = architecture, Variant = variant };
    }

    /// <inheritdoc/>
    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";
}
