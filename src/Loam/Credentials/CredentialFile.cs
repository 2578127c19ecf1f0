using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Loam.Credentials;
using Loam.Files;
using Loam.References;

namespace Loam;

/// <summary>A registry that the user is logged in to.</summary>
/// <param name="Registry"><c>host[:port][/path]</c>.</param>
/// <param name="UserName">The user name; null where only a token is known.</param>
/// <param name="Source">Which source it comes from: <c>auth.json</c>, <c>docker-config</c>…</param>
/// <param name="Where">The file, or the helper.</param>
public sealed record RegistryLogin(string Registry, string? UserName, string Source, string Where);

/// <summary>
/// Loam's own credentials: <c>auth.json</c> of the state folder, in the form that podman, skopeo and buildah share.
/// Its mode is always 0600; it is changed in one step under a lock; what Loam does not know in it is kept.
/// </summary>
public sealed class CredentialFile
{
    private const int MaximumBytes = 4 << 20;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Base64 has plus signs; the file is no HTML.
    private static readonly JsonWriterOptions Written = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StableStorage _storage;

    /// <summary>Names the file of a state folder; nothing is made yet.</summary>
    /// <param name="stateDir">The folder; null for <c>$LOAM_HOME</c>, else <c>~/.loam</c>.</param>
    public CredentialFile(string? stateDir = null)
        : this(stateDir, StableStorage.Real)
    {
    }

    /// <summary>Names the file of a state folder on storage that can be made to fail.</summary>
    internal CredentialFile(string? stateDir, StableStorage storage)
    {
        Path = new StatePaths(System.IO.Path.GetFullPath(stateDir ?? StatePaths.DefaultRoot())).Credentials;
        _storage = storage;
    }

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Checks that a credential can be stored at all: the file's format has no place for a colon in a user name.</summary>
    /// <param name="credential">User name and password.</param>
    /// <exception cref="ArgumentNullException"><paramref name="credential"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.Usage"/>.</exception>
    public static void Check(RegistryCredential.Basic credential)
    {
        ArgumentNullException.ThrowIfNull(credential);
        if (credential.User.Length == 0 || credential.User.Contains(':', StringComparison.Ordinal))
        {
            throw new LoamException(ErrorCodes.Usage, "a user name must not be empty or contain a colon");
        }
    }

    /// <summary>Stores a credential; one that was stored for the same registry is replaced.</summary>
    /// <param name="registry">The registry, or a part of it.</param>
    /// <param name="credential">User name and password.</param>
    /// <param name="cancellationToken">Cancels the wait for other processes that are changing the file.</param>
    /// <exception cref="ArgumentNullException"><paramref name="registry"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.Usage"/>; <see cref="ErrorCodes.CredentialsInvalid"/> if the
    /// existing file is malformed; <see cref="ErrorCodes.Io"/>.</exception>
    public Task StoreAsync(RegistryName registry, RegistryCredential.Basic credential, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(registry);
        Check(credential);
        var key = registry.ToString();
        return UpdateAsync(
            auths =>
            {
                var entry = auths[key] as JsonObject ?? [];
                foreach (var old in (string[])["username", "password", "identitytoken", "registrytoken"])
                {
                    entry.Remove(old);
                }

                entry["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.User}:{credential.Password}"));
                auths[key] = entry;
                return true;
            },
            cancellationToken);
    }

    /// <summary>Removes the credential of a registry, under whatever spelling it is stored.</summary>
    /// <param name="registry">The registry, or a part of it.</param>
    /// <param name="cancellationToken">Cancels the wait for other processes that are changing the file.</param>
    /// <returns>The registry.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="registry"/> is null.</exception>
    /// <exception cref="LoamException"><see cref="ErrorCodes.NotLoggedIn"/>; <see cref="ErrorCodes.CredentialsInvalid"/> if the
    /// existing file is malformed; <see cref="ErrorCodes.Io"/>.</exception>
    public async Task<RegistryName> RemoveAsync(RegistryName registry, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(registry);
        var key = registry.ToString();
        var found = false;
        await UpdateAsync(
            auths =>
            {
                foreach (var name in auths.Select(entry => entry.Key).Where(name => RegistryKey.Normalize(name) == key).ToList())
                {
                    found |= auths.Remove(name);
                }

                return found;
            },
            cancellationToken).ConfigureAwait(false);
        return found ? registry : throw new LoamException(ErrorCodes.NotLoggedIn, $"{Path} has no credential for {key}");
    }

    /// <summary>Removes the credentials of all registries.</summary>
    /// <param name="cancellationToken">Cancels the wait for other processes that are changing the file.</param>
    /// <returns>The registries that had one, as the file names them.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.CredentialsInvalid"/> if the existing file is malformed;
    /// <see cref="ErrorCodes.Io"/>.</exception>
    public async Task<IReadOnlyList<string>> RemoveAllAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> removed = [];
        await UpdateAsync(
            auths =>
            {
                removed = [.. auths.Select(entry => entry.Key)];
                auths.Clear();
                return removed.Count > 0;
            },
            cancellationToken).ConfigureAwait(false);
        return removed;
    }

    private async Task UpdateAsync(Func<JsonObject, bool> change, CancellationToken cancellationToken)
    {
        try
        {
            CreateFolder(System.IO.Path.GetDirectoryName(Path)!);
            using var owned = await FileLock.AcquireAsync(Path + ".lock", LockKind.Transient, cancellationToken).ConfigureAwait(false);

            // What a killed login left.
            AtomicFile.RemoveLeftovers(Path);
            var root = Read();
            if (root["auths"] is not JsonObject auths)
            {
                root["auths"] = auths = [];
            }

            if (change(auths))
            {
                Write(root);
            }
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            throw new LoamException(ErrorCodes.Io, $"{Path} cannot be changed: {e.Message}", e);
        }
    }

    private JsonObject Read()
    {
        if (SecretFile.ReadBytes(Path, MaximumBytes) is not { } content)
        {
            return [];
        }

        // Whatever is malformed is told of with its line here, before anything of it could be lost by rewriting.
        AuthFile.Parse(Path, content);
        try
        {
            var root = JsonNode.Parse(Encoding.UTF8.GetString(content).TrimStart('\uFEFF'))!.AsObject();
            if (root["auths"] is JsonObject auths)
            {
                _ = auths.Sum(entry => entry.Value is JsonObject fields ? fields.Count : 0);
            }

            return root;
        }
        catch (ArgumentException e)
        {
            throw new LoamException(ErrorCodes.CredentialsInvalid, $"{Path}: a name occurs twice", e);
        }
    }

    private void Write(JsonObject root)
    {
        var content = new MemoryStream();
        using (var writer = new Utf8JsonWriter(content, Written))
        {
            root.WriteTo(writer);
        }

        content.WriteByte((byte)'\n');
        AtomicFile.Write(Path, content.GetBuffer().AsMemory(0, (int)content.Length), _storage, OwnerOnly);
    }

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows() || Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            return;
        }

        const UnixFileMode Private = OwnerOnly | UnixFileMode.UserExecute;
        Directory.CreateDirectory(folder, Private);
        File.SetUnixFileMode(folder, Private);
    }
}
