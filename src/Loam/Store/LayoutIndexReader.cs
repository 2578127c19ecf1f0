using System.Text.Json;
using Loam.Images;

namespace Loam.Store;

/// <summary>Reads <c>index.json</c> (OCI image-spec, <c>image-layout.md</c>). By hand, since a store may hold many
/// thousands of names and every command reads them: strings that repeat are kept once.</summary>
internal ref struct LayoutIndexReader
{
    private const int MaximumDepth = 32;
    private const int MinimumBytes = 256; // of a name that Loam wrote

    private readonly List<KeyValuePair<string, string>> _annotations = [];
    private readonly ReadOnlySpan<byte> _content;
    private Utf8JsonReader _json;
    private ReadOnlySpan<byte> _platformText;
    private Platform? _platform;

    private LayoutIndexReader(ReadOnlySpan<byte> content)
    {
        _content = content;
        _json = new Utf8JsonReader(content, new JsonReaderOptions { MaxDepth = MaximumDepth });
    }

    /// <summary>The names of an index.</summary>
    /// <exception cref="JsonException">It is not an index.</exception>
    public static List<NamedImage> Read(ReadOnlySpan<byte> content)
    {
        try
        {
            return new LayoutIndexReader(content).ReadIndex();
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or LoamException)
        {
            throw new JsonException(e.Message, e);
        }
    }

    private List<NamedImage> ReadIndex()
    {
        List<NamedImage>? manifests = null;
        _json.Read();
        Require(JsonTokenType.StartObject);
        while (NextProperty())
        {
            if (!_json.ValueTextEquals("manifests"u8))
            {
                SkipValue();
                continue;
            }

            manifests = new List<NamedImage>(_content.Length / MinimumBytes);
            _json.Read();
            Require(JsonTokenType.StartArray);
            while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
            {
                manifests.Add(ReadName());
            }
        }

        // Reading on finds what does not belong behind an index.
        _json.Read();
        return manifests ?? throw new JsonException("no manifests");
    }

    private NamedImage ReadName()
    {
        string? mediaType = null, artifactType = null;
        Digest digest = default;
        long size = -1;
        Platform? platform = null;
        _annotations.Clear();
        Require(JsonTokenType.StartObject);
        while (NextProperty())
        {
            if (_json.ValueTextEquals("mediaType"u8))
            {
                mediaType = KnownType() ?? _json.GetString();
            }
            else if (_json.ValueTextEquals("digest"u8))
            {
                _json.Read();
                digest = Digest.Parse(_json.GetString() ?? "");
            }
            else if (_json.ValueTextEquals("size"u8))
            {
                _json.Read();
                size = _json.GetInt64();
            }
            else if (_json.ValueTextEquals("platform"u8))
            {
                platform = ReadPlatform();
            }
            else if (_json.ValueTextEquals("annotations"u8))
            {
                ReadAnnotations();
            }
            else if (_json.ValueTextEquals("artifactType"u8))
            {
                _json.Read();
                artifactType = _json.GetString();
            }
            else
            {
                SkipValue();
            }
        }

        return mediaType is not null && !digest.IsEmpty && size >= 0
            ? new NamedImage
            {
                MediaType = mediaType,
                Digest = digest,
                Size = size,
                Platform = platform,
                ArtifactType = artifactType,
                Name = Take(NameAnnotations.Name),
                Disk = Take(NameAnnotations.Disk) is { Length: > 0 } disk ? disk : null,
                Index = Digest.TryParse(Take(NameAnnotations.Index), out var index) ? index : null,
                Foreign = _annotations.Count == 0 ? [] : [.. _annotations],
            }
            : throw new JsonException("a descriptor without mediaType, digest or size");
    }

    /// <summary>A platform; that of the descriptor before, where it is written the same.</summary>
    private Platform? ReadPlatform()
    {
        _json.Read();
        var start = (int)_json.TokenStartIndex;
        var value = _json;
        _json.Skip();
        var text = _content[start..(int)_json.BytesConsumed];
        if (!text.SequenceEqual(_platformText))
        {
            _platform = value.TokenType == JsonTokenType.Null ? null : OciPlatformJsonConverter.Read(ref value);
            _platformText = text;
        }

        return _platform;
    }

    private void ReadAnnotations()
    {
        _annotations.Clear();
        _json.Read();
        if (_json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        Require(JsonTokenType.StartObject);
        while (NextProperty())
        {
            var key = _json.ValueTextEquals(NameAnnotations.Name) ? NameAnnotations.Name
                : _json.ValueTextEquals(NameAnnotations.Disk) ? NameAnnotations.Disk
                : _json.ValueTextEquals(NameAnnotations.Index) ? NameAnnotations.Index
                : _json.GetString()!;
            _json.Read();
            var value = _json.GetString() ?? "";

            // Of a key that comes twice, the later value holds.
            Take(key);
            _annotations.Add(KeyValuePair.Create(key, value));
        }
    }

    /// <summary>Takes an annotation out of those that were read; null where there is none.</summary>
    private readonly string? Take(string key)
    {
        for (var i = 0; i < _annotations.Count; i++)
        {
            if (_annotations[i].Key == key)
            {
                var value = _annotations[i].Value;
                _annotations.RemoveAt(i);
                return value;
            }
        }

        return null;
    }

    private string? KnownType()
    {
        _json.Read();
        return _json.ValueTextEquals(MediaTypes.OciManifest) ? MediaTypes.OciManifest
            : _json.ValueTextEquals(MediaTypes.DockerManifest) ? MediaTypes.DockerManifest
            : null;
    }

    /// <summary>Goes on to the next property of the object we stand at the beginning of, or in.</summary>
    private bool NextProperty() => _json.Read() && _json.TokenType == JsonTokenType.PropertyName;

    private void SkipValue()
    {
        _json.Read();
        _json.Skip();
    }

    private readonly void Require(JsonTokenType type)
    {
        if (_json.TokenType != type)
        {
            throw new JsonException($"{type} expected at byte {_json.TokenStartIndex}");
        }
    }
}
