using System.Text.Json;
using System.Text.Json.Serialization;

namespace Loam;

/// <summary>A reference as a JSON string with nothing left out: <c>"docker.io/library/alpine:latest"</c>.</summary>
public sealed class ImageReferenceJsonConverter : JsonConverter<ImageReference>
{
    /// <inheritdoc/>
    public override ImageReference? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ImageReference.TryParse(reader.GetString(), out var reference) ? reference : throw new JsonException("not an image reference");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ImageReference value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStringValue(value.ToString());
    }
}
