using System.Text.Json;
using Loam.Errors;
using Loam.References;

namespace Loam.Credentials;

/// <summary>A credentials file as podman, skopeo, buildah, Docker and Loam write it (containers-auth.json(5)), read once.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Entries">Its <c>auths</c>, in their order.</param>
/// <param name="Helpers">Its <c>credHelpers</c>: registry to the name of a helper.</param>
/// <param name="Store">Its <c>credsStore</c>: the helper of all other registries.</param>
internal sealed record AuthFile(
    string Path, IReadOnlyList<AuthEntry> Entries, IReadOnlyList<KeyValuePair<string, string>> Helpers, string? Store)
{
    private const int MaximumBytes = 4 << 20;

    /// <summary>Reads a file.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.CredentialsInvalid"/>, naming file and line;
    /// <see cref="ErrorCodes.CredentialsUnreadable"/>.</exception>
    public static AuthFile? Read(string path) => SecretFile.ReadBytes(path, MaximumBytes) is { } content ? Parse(path, content) : null;

    /// <summary>Reads the bytes of a file.</summary>
    public static AuthFile Parse(string path, ReadOnlySpan<byte> content)
    {
        if (content.StartsWith("\uFEFF"u8))
        {
            content = content["\uFEFF"u8.Length..];
        }

        var entries = new List<AuthEntry>();
        var helpers = new List<KeyValuePair<string, string>>();
        string? store = null;
        var reader = new Utf8JsonReader(content);
        try
        {
            Expect(ref reader, reader.Read() && reader.TokenType == JsonTokenType.StartObject, "the file is not a JSON object");
            while (ReadName(ref reader) is { } name)
            {
                switch (name)
                {
                    case "auths":
                        ReadEntries(ref reader, content, entries);
                        break;
                    case "credHelpers":
                        ReadHelpers(ref reader, helpers);
                        break;
                    case "credsStore":
                        store = ReadText(ref reader);
                        break;
                    default:
                        Skip(ref reader);
                        break;
                }
            }

            Expect(ref reader, !reader.Read(), "more data follows the object");
            return new AuthFile(path, entries, helpers, store);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            var line = e is JsonException { LineNumber: { } zeroBased } ? (int)zeroBased + 1 : LineOf(content, reader.TokenStartIndex);
            // The parser's own words may quote what stands there.
            var why = e is JsonException { LineNumber: null } ? e.Message : "this is not JSON";
            throw new LoamException(ErrorCodes.CredentialsInvalid, $"{path}:{line}: {why}") { Details = FailurePlace.Of(path, line) };
        }
    }

    /// <summary>The entry that a repository falls under.</summary>
    public AuthEntry? Find(string registry, string repository) => RegistryKey.Find(Entries, entry => entry.Key, registry, repository);

    /// <summary>The helper that a registry's credential is with, by <c>credHelpers</c>, else <c>credsStore</c>.</summary>
    public string? FindHelper(string registry)
    {
        var named = Helpers.FirstOrDefault(helper => RegistryKey.Normalize(helper.Key) == RegistryKey.Normalize(registry)).Value ?? Store;
        return string.IsNullOrEmpty(named) ? null : named;
    }

    private static void ReadEntries(ref Utf8JsonReader reader, ReadOnlySpan<byte> content, List<AuthEntry> entries)
    {
        if (!Open(ref reader))
        {
            return;
        }

        while (ReadName(ref reader) is { } key)
        {
            var entry = new AuthEntry(key, LineOf(content, reader.TokenStartIndex));
            if (Open(ref reader))
            {
                while (ReadName(ref reader) is { } field)
                {
                    switch (field)
                    {
                        case "auth":
                            entry = entry with { Auth = ReadText(ref reader) };
                            break;
                        case "username":
                            entry = entry with { UserName = ReadText(ref reader) };
                            break;
                        case "password":
                            entry = entry with { Password = ReadText(ref reader) };
                            break;
                        case "identitytoken":
                            entry = entry with { IdentityToken = ReadText(ref reader) };
                            break;
                        case "registrytoken":
                            entry = entry with { RegistryToken = ReadText(ref reader) };
                            break;
                        default:
                            Skip(ref reader);
                            break;
                    }
                }
            }

            entries.Add(entry);
        }
    }

    private static void ReadHelpers(ref Utf8JsonReader reader, List<KeyValuePair<string, string>> helpers)
    {
        if (!Open(ref reader))
        {
            return;
        }

        while (ReadName(ref reader) is { } registry)
        {
            helpers.Add(new(registry, ReadText(ref reader) ?? ""));
        }
    }

    /// <returns>Whether an object begins; null stands for an empty one.</returns>
    private static bool Open(ref Utf8JsonReader reader)
    {
        Expect(ref reader, reader.Read() && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.Null, "expected an object");
        return reader.TokenType == JsonTokenType.StartObject;
    }

    private static string? ReadName(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;
    }

    private static string? ReadText(ref Utf8JsonReader reader)
    {
        Expect(ref reader, reader.Read() && reader.TokenType is JsonTokenType.String or JsonTokenType.Null, "expected a string");
        return reader.GetString();
    }

    private static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    private static void Expect(ref Utf8JsonReader reader, bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new JsonException(otherwise);
        }
    }

    private static int LineOf(ReadOnlySpan<byte> content, long offset) => content[..(int)Math.Min(offset, content.Length)].Count((byte)'\n') + 1;
}
