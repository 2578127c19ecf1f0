using System.Text.Json.Serialization;

namespace Loam.Configuration;

/// <summary>By name, never by number.</summary>
internal sealed class AuthSourceConverter() : JsonStringEnumConverter<AuthSource>(namingPolicy: null, allowIntegerValues: false);

/// <summary>Whose password for a registry is where.</summary>
/// <param name="Registry"><c>host[:port][/path]</c>.</param>
/// <param name="UserName">The user.</param>
/// <param name="PasswordEnv">The variable that holds the password; or</param>
/// <param name="PasswordFile">the path of the file that does.</param>
internal sealed record RegistryAuthSettings(string Registry, string UserName, string? PasswordEnv, string? PasswordFile);
