using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Loam.Credentials;

/// <summary>
/// A program <c>docker-credential-NAME</c> (github.com/docker/docker-credential-helpers, "Development"): the action is its
/// argument, the registry comes on its stdin, the answer is JSON on its stdout.
/// </summary>
/// <param name="name">What follows <c>docker-credential-</c>.</param>
/// <param name="path">The value of <c>PATH</c>.</param>
/// <param name="limit">How long it may take; it may have to ask its user to unlock something.</param>
internal sealed class CredentialHelper(string name, string path, TimeSpan limit)
{
    /// <summary>What helpers give for the user of an identity token.</summary>
    private const string TokenUser = "<token>";

    private const string NotFoundStart = "credentials not found";
    private const int MaximumBytes = 1 << 20;
    private const int MaximumText = 200;

    private string Program => "docker-credential-" + name;

    /// <summary>Asks for a registry's credential.</summary>
    /// <returns>Null where it has none.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.CredentialHelperFailed"/>.</exception>
    public async Task<RegistryCredential?> GetAsync(string server, CancellationToken cancellationToken)
    {
        var (exit, output, error) = await RunAsync("get", server, cancellationToken).ConfigureAwait(false);
        if (exit != 0)
        {
            var said = $"{Encoding.UTF8.GetString(output)} {error}".Trim();
            return said.StartsWith(NotFoundStart, StringComparison.OrdinalIgnoreCase) ? null : throw Failure($"ended with {exit} ({OneLine(said)})");
        }

        var answer = Parse(output, CredentialJson.Default.HelperAnswer);
        return answer switch
        {
            { Secret: null or "" } => null,
            { Username: TokenUser, Secret: { } token } => new RegistryCredential.IdentityToken(token),
            { Username: { Length: > 0 } user, Secret: { } password } when !user.Contains(':', StringComparison.Ordinal) =>
                new RegistryCredential.Basic(user, password),
            _ => throw Failure("answered without a usable user name"),
        };
    }

    /// <summary>The registries it knows, and their users; no secrets.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ListAsync(CancellationToken cancellationToken)
    {
        var (exit, output, error) = await RunAsync("list", "", cancellationToken).ConfigureAwait(false);
        return exit == 0 ? Parse(output, CredentialJson.Default.DictionaryStringString) : throw Failure($"ended with {exit} ({OneLine(error)})");
    }

    private async Task<(int Exit, byte[] Output, string Error)> RunAsync(string action, string input, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit);
        using var process = Start(action);
        try
        {
            var output = ReadAsync(process.StandardOutput.BaseStream, limited.Token);
            var error = ReadAsync(process.StandardError.BaseStream, limited.Token);
            await SendAsync(process, input, limited.Token).ConfigureAwait(false);
            var read = await output.ConfigureAwait(false);
            var said = Encoding.UTF8.GetString(await error.ConfigureAwait(false));
            await process.WaitForExitAsync(limited.Token).ConfigureAwait(false);
            return (process.ExitCode, read, said);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure($"did not answer within {limit.TotalSeconds} s");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start(string action)
    {
        // The name comes from a file; a path in it would run anything. Nor does a helper run from the folder one is in.
        if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
        {
            throw Failure("is not a valid name for a helper");
        }

        var file = path.Split(Path.PathSeparator).Where(Path.IsPathFullyQualified).Select(folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists)
            ?? throw Failure("is not installed");
        try
        {
            return Process.Start(new ProcessStartInfo(file, [action])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw Failure($"cannot be run: {e.Message}");
        }
    }

    private static async Task SendAsync(Process process, string input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(input), cancellationToken).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; how it ended says more.
        }
    }

    private async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var content = new MemoryStream();
        var buffer = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (content.Length + read > MaximumBytes)
            {
                throw Failure($"printed more than {MaximumBytes} bytes");
            }

            content.Write(buffer, 0, read);
        }

        return content.ToArray();
    }

    private T Parse<T>(byte[] output, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(output, type) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            // What it printed may hold a secret.
            throw Failure("did not answer with JSON");
        }
    }

    private static string OneLine(string text)
    {
        var line = new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]).Trim();
        return line.Length > MaximumText ? line[..MaximumText] + "…" : line;
    }

    private LoamException Failure(string why) => new(ErrorCodes.CredentialHelperFailed, $"{Program} {why}");
}

internal sealed record HelperAnswer(
    [property: JsonPropertyName("ServerURL")] string? ServerUrl,
    [property: JsonPropertyName("Username")] string? Username,
    [property: JsonPropertyName("Secret")] string? Secret);

[JsonSerializable(typeof(HelperAnswer))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class CredentialJson : JsonSerializerContext;
