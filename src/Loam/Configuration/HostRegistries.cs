namespace Loam.Configuration;

/// <summary>
/// What this host's administrator has set for all container tools (containers-registries.conf(5),
/// containers-registries.conf.d(5)).
/// </summary>
internal sealed class HostRegistries
{
    private const int MaximumBytes = 1 << 20;
    private const string SystemFile = "/etc/containers/registries.conf";
    private const string OverrideVariable = "CONTAINERS_REGISTRIES_CONF";

    private readonly Dictionary<string, RegistryRule> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);
    private IReadOnlyList<string> _search = [];
    private string _mode = "permissive";

    /// <summary>Reads the files that hold on this host: the one that <c>$CONTAINERS_REGISTRIES_CONF</c> names alone, else the
    /// user's and its drop-ins, else the system's with its drop-ins and the user's.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ConfigurationInvalid"/>.</exception>
    public static HostRegistries Load(Func<string, string?> environment)
    {
        if (environment(OverrideVariable) is { Length: > 0 } named)
        {
            return Load([named], []);
        }

        var home = environment("HOME") is { Length: > 0 } stated ? stated : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var user = Path.Combine(home, ".config", "containers", "registries.conf");
        return File.Exists(user) ? Load([user], [user + ".d"]) : Load([SystemFile], [SystemFile + ".d", user + ".d"]);
    }

    /// <summary>Reads files, then the <c>.conf</c> files of folders by name; later ones win.</summary>
    public static HostRegistries Load(IEnumerable<string> files, IEnumerable<string> folders)
    {
        var host = new HostRegistries();
        var dropIns = folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*.conf").Order(StringComparer.Ordinal));
        foreach (var path in files.Concat(dropIns))
        {
            if (SettingsFile.Read(path, MaximumBytes) is { } content)
            {
                host.Add(RegistriesConf.Read(path, content));
            }
        }

        return host;
    }

    /// <summary>Where to ask for an image.</summary>
    public IReadOnlyList<PlannedEndpoint> Plan(ImageReference reference)
    {
        var name = reference.ToString();
        return _rules.Values.Where(rule => rule.Match(name) >= 0).MaxBy(rule => rule.Match(name)) is { } rule
            ? rule.Plan(reference)
            : [new PlannedEndpoint(reference, Insecure: false, IsMirror: false)];
    }

    /// <summary>What a name without a registry may mean.</summary>
    public IReadOnlyList<ImageReference> Candidates(string name, ImageReference byDefault)
    {
        var (bare, rest) = ShortNames.Split(name);
        if (_aliases.GetValueOrDefault(bare) is { Length: > 0 } alias)
        {
            return [ImageReference.TryParse(alias + rest, out var meant) && !ShortNames.IsShort(alias, meant)
                ? meant
                : throw new LoamException(
                    ErrorCodes.ConfigurationInvalid, $"registries.conf makes \"{bare}\" an alias of \"{alias}\", which is not a full name")];
        }

        if (_search.Count > 1 && _mode == "enforcing")
        {
            throw new LoamException(
                ErrorCodes.ShortNameAmbiguous, $"\"{name}\" may be an image of {string.Join(" or ", _search)}, and registries.conf forbids guessing");
        }

        return _search.Count == 0 ? [byDefault] : [.. _search.Select(registry => ImageReference.Parse($"{registry}/{name}"))];
    }

    private void Add(RegistriesConf conf)
    {
        _search = conf.Search ?? _search;
        _mode = conf.ShortNameMode ?? _mode;
        foreach (var rule in conf.Rules)
        {
            _rules[rule.Prefix] = rule;
        }

        foreach (var (alias, meaning) in conf.Aliases)
        {
            _aliases[alias] = meaning;
        }
    }
}
