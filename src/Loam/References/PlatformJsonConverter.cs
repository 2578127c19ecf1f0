using System.Text.Json;
using System.Text.Json.Serialization;

namespace Loam;

/// <summary>A platform as a JSON string: <c>"linux/arm/v7"</c>. Manifests have objects instead; see
/// <see cref="OciPlatformJsonConverter"/>.</summary>
public sealed class PlatformJsonConverter : JsonConverter<Platform>
{
    /// <inheritdoc/>
    public override Platform? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Platform.TryParse(reader.GetString(), out var platform) ? platform : throw new JsonException("not a platform");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Platform value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStringValue(value.ToString());
    }
}
