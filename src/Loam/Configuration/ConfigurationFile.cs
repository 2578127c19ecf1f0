using System.Text.Json;
using System.Text.Json.Serialization;
using Loam.Errors;

namespace Loam.Configuration;

/// <summary><c>config.json</c>, checked. Below the top nothing unknown is accepted: a setting that is spelt wrong must not
/// pass for one that is not there.</summary>
internal sealed record ConfigurationFile
{
    private const int MaximumBytes = 1 << 20;

    public IReadOnlyList<AuthSource>? AuthSources { get; init; }

    public string? OsStore { get; init; }

    public RegistriesSection? Registries { get; init; }

    public NetworkSettings? Network { get; init; }

    public string? Kernel { get; init; }

    public string? Qemu { get; init; }

    public string? Busybox { get; init; }

    public string? Accelerator { get; init; }

    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; set; }

    [JsonIgnore]
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <exception cref="LoamException"><see cref="ErrorCodes.ConfigurationInvalid"/>.</exception>
    public static ConfigurationFile Read(string path)
    {
        if (SettingsFile.Read(path, MaximumBytes) is not { } content)
        {
            return new ConfigurationFile();
        }

        try
        {
            var file = JsonSerializer.Deserialize(content, ConfigurationJson.Default.ConfigurationFile) ?? throw new JsonException("it is null");
            file.Network?.Check();
            return file with
            {
                Registries = file.Registries?.Resolve(Path.GetDirectoryName(path)!),
                Warnings = [.. (file.Unknown?.Keys ?? []).Select(name => $"{path}: \"{name}\" is not a setting of this version")],
            };
        }
        catch (JsonException e)
        {
            throw SettingsFile.Invalid(path, (int)(e.LineNumber ?? 0) + 1, e.Path is { Length: > 1 } place ? $"{place[2..]}: {Reason(e)}" : Reason(e), e);
        }
        catch (Exception e) when (e is InvalidOperationException or LoamException)
        {
            throw SettingsFile.Invalid(path, null, e.Message, e);
        }
    }

    // The serializer's sentence ends with a path and a position, which stand in the message already, and names our types.
    private static string Reason(JsonException e)
    {
        var reason = e.Message.Split(" Path: ", 2)[0].Split(" LineNumber: ", 2)[0].TrimEnd('.');
        return reason.Contains("could not be mapped", StringComparison.Ordinal) ? $"unknown setting {reason.Split('\'').ElementAtOrDefault(1)}"
            : reason.StartsWith("The JSON value could not be converted", StringComparison.Ordinal) ? "the value has the wrong type"
            : reason;
    }
}

/// <summary><c>registries</c>: <c>auth</c>, and a setting object for each host.</summary>
[JsonConverter(typeof(RegistriesSectionConverter))]
internal sealed record RegistriesSection(IReadOnlyList<RegistrySettings> Hosts, IReadOnlyList<RegistryAuthSettings> Auth)
{
    /// <summary>Paths as absolute ones: relative ones start at the state folder.</summary>
    public RegistriesSection Resolve(string folder) => new(
        [.. Hosts.Select(host => host with { CaCerts = Full(host.CaCerts, folder), Cert = Full(host.Cert, folder), Key = Full(host.Key, folder) })],
        [.. Auth.Select(auth => auth with { PasswordFile = Full(auth.PasswordFile, folder) })]);

    private static string? Full(string? path, string folder) => path is null ? null : Path.GetFullPath(path, folder);
}

/// <summary>The files of settings.</summary>
internal static class SettingsFile
{
    /// <returns>Null where there is none.</returns>
    public static byte[]? Read(string path, int cap)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                return null;
            }

            return file.Length <= cap ? File.ReadAllBytes(path) : throw Invalid(path, null, $"it has more than {cap} bytes", null);
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            throw Invalid(path, null, $"it cannot be read: {e.Message}", e);
        }
    }

    public static LoamException Invalid(string path, int? line, string why, Exception? inner) =>
        new(ErrorCodes.ConfigurationInvalid, line is { } known ? $"{path}:{known}: {why}" : $"{path}: {why}", inner)
        {
            Details = FailurePlace.Of(path, line),
        };
}
