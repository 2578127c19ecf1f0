using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Loam.Images;

namespace Loam.Committing;

/// <summary>
/// The configuration of an image that is made: the base's, with all that it says and in its order, but for what a commit
/// changes (OCI image-spec, <c>config.md</c>).
/// </summary>
internal sealed class ImageConfigEditor
{
    private const string Program = "loam commit";

    private readonly JsonObject _config;
    private readonly CommitOptions _options;
    private readonly string _created;

    /// <summary>Starts a configuration.</summary>
    /// <param name="origin">The base; null where there is none.</param>
    /// <param name="run">What the image runs where there is no base.</param>
    /// <param name="options">How.</param>
    /// <exception cref="LoamException"><see cref="ErrorCodes.ConfigChangeInvalid"/>, <see cref="ErrorCodes.ManifestInvalid"/>.</exception>
    public ImageConfigEditor(BaseImage? origin, RunConfig run, CommitOptions options)
    {
        _options = options;
        _created = options.Created?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            ?? origin?.Config.Created
            ?? "1970-01-01T00:00:00Z";
        try
        {
            _config = origin is null ? Fresh(run) : JsonNode.Parse(origin.Documents.ConfigBytes)!.AsObject();
            Edit(options);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new LoamException(ErrorCodes.ManifestInvalid, $"config of the base image: {e.Message}", e);
        }
    }

    /// <summary>Adds the new layer.</summary>
    /// <param name="layer">Its diff ID; null where nothing had changed.</param>
    /// <returns>The configuration's bytes.</returns>
    public byte[] Finish(Digest? layer)
    {
        var old = _options.Layered ? _config["rootfs"]?["diff_ids"]?.AsArray().Select(id => (string?)id) ?? [] : [];
        var ids = old.Concat(layer is { } digest ? [digest.ToString()] : []);
        _config["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. ids.Select(id => (JsonNode?)id)]) };
        var step = new JsonObject { ["created"] = _created, ["created_by"] = Program };
        if (_options.Author is { } author)
        {
            step["author"] = author;
        }

        if (_options.Message is { } message)
        {
            step["comment"] = message;
        }

        if (layer is null)
        {
            step["empty_layer"] = true;
        }

        // The steps of a base whose layers are gone say nothing true about the one that took their place.
        var steps = _options.Layered && _config["history"] is JsonArray history ? history.DeepClone().AsArray() : [];
        steps.Add((JsonNode)step);
        _config["history"] = steps;
        return JsonSerializer.SerializeToUtf8Bytes(_config, OciJson.Plain.JsonObject);
    }

    private void Edit(CommitOptions options)
    {
        _config["created"] = _created;
        var platform = options.Platform!;
        (_config["architecture"], _config["os"]) = (platform.Architecture, platform.Os);
        _config.Remove("variant");
        if (platform.Variant is { } variant)
        {
            _config["variant"] = variant;
        }

        if (options.Author is { } author)
        {
            _config["author"] = author;
        }

        if (_config["config"] is not JsonObject run)
        {
            _config["config"] = run = [];
        }

        var changes = options.Changes.Select(ConfigChange.Parse).ToList();
        if (changes.Exists(change => change.Instruction == "ENTRYPOINT") && !changes.Exists(change => change.Instruction == "CMD"))
        {
            // Arguments of another program are of no use to this one.
            run.Remove("Cmd");
        }

        changes.ForEach(change => change.ApplyTo(run));
    }

    private static JsonObject Fresh(RunConfig run)
    {
        var config = JsonSerializer.SerializeToNode(run, ManifestJson.Default.RunConfig)!.AsObject();
        foreach (var unset in config.Where(property => property.Value is null).Select(property => property.Key).ToList())
        {
            config.Remove(unset);
        }

        return new JsonObject { ["created"] = "", ["architecture"] = "", ["os"] = "", ["config"] = config };
    }
}
