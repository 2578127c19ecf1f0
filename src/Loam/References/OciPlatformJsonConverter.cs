using System.Text.Json;
using System.Text.Json.Serialization;

namespace Loam;

/// <summary>A platform as manifests and records have it (OCI image-spec, <c>image-index.md</c>):
/// <c>{"os":"linux","architecture":"arm","variant":"v7"}</c>. Other properties of the object are ignored.</summary>
public sealed class OciPlatformJsonConverter : JsonConverter<Platform>
{
    /// <inheritdoc/>
    public override Platform? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader);

    /// <summary>Reads the object that the reader is at the beginning of.</summary>
    /// <exception cref="JsonException">It is not a platform.</exception>
    internal static Platform Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("a platform is an object");
        }

        string? os = null, architecture = null, variant = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("os"u8))
            {
                os = ReadText(ref reader);
            }
            else if (reader.ValueTextEquals("architecture"u8))
            {
                architecture = ReadText(ref reader);
            }
            else if (reader.ValueTextEquals("variant"u8))
            {
                variant = ReadText(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return os is not null && architecture is not null
            ? new Platform { Os = os, Architecture = architecture, Variant = variant }
            : throw new JsonException("a platform without os or architecture");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Platform value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStartObject();
        writer.WriteString("os"u8, value.Os);
        writer.WriteString("architecture"u8, value.Architecture);
        if (value.Variant is { } variant)
        {
            writer.WriteString("variant"u8, variant);
        }

        writer.WriteEndObject();
    }

    private static string? ReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType is JsonTokenType.String or JsonTokenType.Null ? reader.GetString() : throw new JsonException("text expected");
    }
}
