using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Loam.Cli.Output;

/// <summary>The JSON that the program prints: snake_case, fields that do not apply left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorEnvelope))]
[JsonSerializable(typeof(ImageListJson))]
[JsonSerializable(typeof(LoadedListJson))]
[JsonSerializable(typeof(PulledJson))]
[JsonSerializable(typeof(PushedJson))]
[JsonSerializable(typeof(PushedDiskJson))]
[JsonSerializable(typeof(TagsJson))]
[JsonSerializable(typeof(LoginJson))]
[JsonSerializable(typeof(LogoutJson))]
[JsonSerializable(typeof(RegistryListJson))]
[JsonSerializable(typeof(ExplainJson))]
[JsonSerializable(typeof(DetailsJson))]
[JsonSerializable(typeof(TreeJson))]
[JsonSerializable(typeof(DiffJson))]
[JsonSerializable(typeof(CheckJson))]
[JsonSerializable(typeof(UsageJson))]
[JsonSerializable(typeof(RemovalJson))]
[JsonSerializable(typeof(SavedListJson))]
[JsonSerializable(typeof(VersionJson))]
[JsonSerializable(typeof(DoctorJson))]
[JsonSerializable(typeof(CommittedJson))]
[JsonSerializable(typeof(DiskFactsJson))]
[JsonSerializable(typeof(DiskListJson))]
[JsonSerializable(typeof(WorkspaceJson))]
[JsonSerializable(typeof(WorkspaceListJson))]
[JsonSerializable(typeof(WorkspaceChangeJson))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>One line.</summary>
    public static CliJson Compact => field ??= With(indented: false);

    /// <summary>Indented, for results.</summary>
    public static CliJson Indented => field ??= With(indented: true);

    // Output goes to terminals and programs, never into HTML, so `+` and `'` stay as they are.
    private static CliJson With(bool indented) => new(new JsonSerializerOptions(Default.Options)
    {
        WriteIndented = indented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
