using System.Buffers;
using System.Text.Json;
using Loam.Images;

namespace Loam.Store;

/// <summary>Writes <c>index.json</c> (OCI image-spec, <c>image-layout.md</c>): each name a manifest's descriptor whose
/// annotations say what it is called.</summary>
internal static class LayoutIndexWriter
{
    private const int UsualBytes = 512; // of a name that Loam writes

    /// <summary>The bytes of an index.</summary>
    public static ReadOnlyMemory<byte> Write(IReadOnlyList<NamedImage> names)
    {
        var bytes = new ArrayBufferWriter<byte>((names.Count + 1) * UsualBytes);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion"u8, 2);
            json.WriteString("mediaType"u8, MediaTypes.OciIndex);
            json.WriteStartArray("manifests"u8);
            foreach (var named in names)
            {
                Write(json, named);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, NamedImage named)
    {
        json.WriteStartObject();
        json.WriteString("mediaType"u8, named.MediaType);
        json.WriteString("digest"u8, named.Digest.ToString());
        json.WriteNumber("size"u8, named.Size);
        if (named.Platform is { } platform)
        {
            json.WriteStartObject("platform"u8);
            json.WriteString("os"u8, platform.Os);
            json.WriteString("architecture"u8, platform.Architecture);
            WriteUnlessNull(json, "variant", platform.Variant);
            json.WriteEndObject();
        }

        WriteUnlessNull(json, "artifactType", named.ArtifactType);
        if (named is { Name: null, Disk: null, Index: null, Foreign.Count: 0 })
        {
            json.WriteEndObject();
            return;
        }

        json.WriteStartObject("annotations"u8);
        WriteUnlessNull(json, NameAnnotations.Name, named.Name);
        WriteUnlessNull(json, NameAnnotations.Disk, named.Disk);
        WriteUnlessNull(json, NameAnnotations.Index, named.Index?.ToString());
        foreach (var (key, value) in named.Foreign)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteUnlessNull(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
