using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Loam.References;

namespace Loam.Configuration;

/// <summary>A host's settings as they are written.</summary>
internal sealed record HostJson
{
    public bool? Insecure { get; init; }

    public string? CaCerts { get; init; }

    public string? Cert { get; init; }

    public string? Key { get; init; }

    public string? Api { get; init; }

    public IReadOnlyList<string?>? Mirrors { get; init; }

    public IReadOnlyList<string?>? TokenRealms { get; init; }

    public HostAuthJson? Auth { get; init; }
}

/// <summary>A host's user and where the password is, as they are written.</summary>
internal sealed record HostAuthJson
{
    public string? User { get; init; }

    public string? PasswordEnv { get; init; }

    public string? PasswordFile { get; init; }
}

/// <summary>Reads <c>registries</c>, whose <c>auth</c> maps registries to passwords and all else registries to settings.</summary>
internal sealed class RegistriesSectionConverter : JsonConverter<RegistriesSection>
{
    private const string AuthName = "auth";

    public override RegistriesSection Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var hosts = new List<RegistrySettings>();
        var auth = new List<RegistryAuthSettings>();
        Require(reader.TokenType == JsonTokenType.StartObject, "expected an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name == AuthName)
            {
                Require(reader.TokenType == JsonTokenType.StartObject, "expected an object");
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var registry = Registry(reader.GetString()!, pathAllowed: true);
                    reader.Read();
                    Add(auth, registry, Value(ref reader, ConfigurationJson.Default.HostAuthJson));
                }

                continue;
            }

            var host = Registry(name, pathAllowed: false);
            var settings = Value(ref reader, ConfigurationJson.Default.HostJson) ?? new HostJson();
            Require(settings.Cert is null == settings.Key is null, $"{host}: cert and key belong together");
            Require(hosts.All(other => other.Registry != host), $"{host} occurs twice");
            hosts.Add(new RegistrySettings(host)
            {
                Insecure = settings.Insecure,
                CaCerts = settings.CaCerts,
                Cert = settings.Cert,
                Key = settings.Key,
                Api = settings.Api is { } api ? Api(host, api) : null,
                Mirrors = [.. (settings.Mirrors ?? []).Select(mirror => Registry(mirror ?? "", pathAllowed: true))],
                TokenRealms = [.. (settings.TokenRealms ?? []).Select(realm => Registry(realm ?? "", pathAllowed: false))],
            });
            if (settings.Auth is not null)
            {
                Add(auth, host, settings.Auth);
            }
        }

        return new RegistriesSection(hosts, auth);
    }

    public override void Write(Utf8JsonWriter writer, RegistriesSection value, JsonSerializerOptions options) => throw new NotSupportedException();

    // By its converter, which goes on with the same reader: the serializer would count lines from 1 again.
    private static T? Value<T>(ref Utf8JsonReader reader, JsonTypeInfo<T> type)
        where T : class =>
        reader.TokenType == JsonTokenType.Null ? null : ((JsonConverter<T>)type.Converter).Read(ref reader, typeof(T), type.Options);

    private static void Add(List<RegistryAuthSettings> auth, string registry, HostAuthJson? stated)
    {
        Require(stated is { User.Length: > 0 } && !stated.User.Contains(':', StringComparison.Ordinal), $"the auth of {registry} needs a user");
        var hasOne = string.IsNullOrEmpty(stated!.PasswordEnv) != string.IsNullOrEmpty(stated.PasswordFile);
        Require(hasOne, $"the auth of {registry} needs either password_env or password_file");
        Require(auth.All(other => other.Registry != registry), $"the auth of {registry} occurs twice");
        auth.Add(new RegistryAuthSettings(registry, stated.User!, stated.PasswordEnv, stated.PasswordFile));
    }

    private static Uri Api(string host, string text)
    {
        var known = Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var api)
            && (api.Scheme == Uri.UriSchemeHttps || api.Scheme == Uri.UriSchemeHttp)
            && api.UserInfo.Length == 0 && api.Query.Length == 0 && api.Fragment.Length == 0
            && api.AbsolutePath.EndsWith("/v2/", StringComparison.Ordinal);
        Require(known, $"the api of {host} must be an address that ends in /v2/");
        return api!;
    }

    private static string Registry(string text, bool pathAllowed)
    {
        try
        {
            var key = RegistryKey.Parse(text);
            Require(pathAllowed || !key.Contains('/', StringComparison.Ordinal), $"\"{text}\" is not a host");
            return key;
        }
        catch (LoamException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new JsonException(otherwise);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(ConfigurationFile))]
[JsonSerializable(typeof(HostJson))]
[JsonSerializable(typeof(HostAuthJson))]
internal sealed partial class ConfigurationJson : JsonSerializerContext;
