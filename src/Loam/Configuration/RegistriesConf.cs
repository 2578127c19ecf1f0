namespace Loam.Configuration;

/// <summary>One file of <c>registries.conf</c>'s form, version 2 (containers-registries.conf(5)). What is not known in it is
/// left alone, as other tools do.</summary>
/// <param name="Search"><c>unqualified-search-registries</c>; null where it is not stated.</param>
/// <param name="ShortNameMode"><c>short-name-mode</c>; null where it is not stated.</param>
/// <param name="Rules">Its <c>[[registry]]</c> tables.</param>
/// <param name="Aliases">Its <c>[aliases]</c>; an empty meaning removes an alias.</param>
internal sealed record RegistriesConf(
    IReadOnlyList<string>? Search, string? ShortNameMode, IReadOnlyList<RegistryRule> Rules, IReadOnlyList<KeyValuePair<string, string>> Aliases)
{
    /// <exception cref="LoamException"><see cref="ErrorCodes.ConfigurationInvalid"/>, naming file and line.</exception>
    public static RegistriesConf Read(string path, ReadOnlySpan<byte> content)
    {
        var root = TomlReader.Read(path, content);
        if (root.Find("registries") is not null)
        {
            throw root.Invalid("this is version 1 of registries.conf, which is not supported; version 2 has [[registry]] tables", "registries");
        }

        var search = root.Texts("unqualified-search-registries");
        foreach (var registry in search ?? [])
        {
            var isHost = IsPlace(registry) && !registry.Contains('/', StringComparison.Ordinal);
            Require(isHost, root, "unqualified-search-registries", $"\"{registry}\" is not a host");
        }

        var mode = root.Text("short-name-mode");
        Require(mode is null or "" or "permissive" or "enforcing" or "disabled", root, "short-name-mode", $"\"{mode}\" is not a mode");
        var rules = root.Tables("registry").Select(ReadRule).ToList();
        Require(rules.DistinctBy(rule => rule.Prefix).Count() == rules.Count, root, "registry", "two [[registry]] tables have the same prefix");
        var aliases = root.Table("aliases") is { } table
            ? table.Names.Select(name => new KeyValuePair<string, string>(name, table.Text(name)!)).ToList()
            : [];
        return new RegistriesConf(search, mode is "" ? null : mode, rules, aliases);
    }

    private static RegistryRule ReadRule(TomlTable table)
    {
        var location = ReadPlace(table, "location");
        var prefix = table.Text("prefix") is { Length: > 0 } stated ? stated.TrimEnd('/') : location;
        Require(prefix.Length > 0, table, "prefix", "a [[registry]] needs a prefix or a location");
        var isWildcard = prefix.StartsWith("*.", StringComparison.Ordinal);
        var isPrefix = isWildcard ? IsPlace("x" + prefix[1..]) && prefix.AsSpan().IndexOfAny(':', '/') < 0 : IsPlace(prefix);
        Require(isPrefix, table, "prefix", $"\"{prefix}\" is not host[:port][/path] or *.host");
        var byDigestOnly = table.Flag("mirror-by-digest-only") ?? false;
        return new RegistryRule(
            prefix,
            location == prefix ? "" : location,
            table.Flag("insecure") ?? false,
            table.Flag("blocked") ?? false,
            [.. table.Tables("mirror").Select(mirror => ReadMirror(mirror, byDigestOnly))]);
    }

    private static MirrorRule ReadMirror(TomlTable table, bool byDigestOnly)
    {
        var location = ReadPlace(table, "location");
        Require(location.Length > 0, table, null, "a mirror needs a location");
        var use = table.Text("pull-from-mirror") switch
        {
            null or "" => byDigestOnly ? MirrorUse.DigestOnly : MirrorUse.All,
            _ when byDigestOnly => throw table.Invalid("pull-from-mirror cannot be combined with mirror-by-digest-only", "pull-from-mirror"),
            "all" => MirrorUse.All,
            "digest-only" => MirrorUse.DigestOnly,
            "tag-only" => MirrorUse.TagOnly,
            var other => throw table.Invalid($"\"{other}\" is not all, digest-only or tag-only", "pull-from-mirror"),
        };
        return new MirrorRule(location, table.Flag("insecure") ?? false, use);
    }

    private static string ReadPlace(TomlTable table, string name)
    {
        var place = (table.Text(name) ?? "").TrimEnd('/');
        Require(place.Length == 0 || IsPlace(place), table, name, $"\"{place}\" is not host[:port][/path]");
        return place;
    }

    // A host is told from a folder by its dot or port, so a mere word would lead to Docker's registry.
    private static bool IsPlace(string text) =>
        !text.Contains("://", StringComparison.Ordinal)
        && ((ImageReference.TryParse($"{text}/x", out var under) && !ShortNames.IsShort($"{text}/x", under))
            || (text.Contains('/', StringComparison.Ordinal) && ImageReference.TryParse(text, out var whole) && !ShortNames.IsShort(text, whole)));

    private static void Require(bool holds, TomlTable table, string? name, string otherwise)
    {
        if (!holds)
        {
            throw table.Invalid(otherwise, name);
        }
    }
}
