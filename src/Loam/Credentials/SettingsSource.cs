using System.Text;
using Loam.Configuration;
using Loam.Errors;
using Loam.References;

namespace Loam.Credentials;

/// <summary>Credentials whose user <c>config.json</c> states, and whose password it says where to find: in a variable of
/// the environment (<c>env</c>) or in a file (<c>file</c>).</summary>
internal sealed class SettingsSource(AuthSource kind, IReadOnlyList<RegistryAuthSettings> settings, Func<string, string?> environment) : CredentialSource
{
    private const int MaximumBytes = 64 << 10;

    public override string Name => kind == AuthSource.Env ? "env" : "file";

    public override Task<CredentialStep> AskAsync(string registry, string repository, CancellationToken cancellationToken)
    {
        var mine = settings.Where(IsMine).ToList();
        if (RegistryKey.Find(mine, item => item.Registry, registry, repository) is not { } found)
        {
            return Task.FromResult(Nothing($"config.json names no password {(kind == AuthSource.Env ? "variable" : "file")} for {registry}"));
        }

        return Task.FromResult(kind == AuthSource.Env ? FromVariable(found) : FromFile(found));
    }

    public override Task<IReadOnlyList<RegistryLogin>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<RegistryLogin>>(
        [.. settings.Where(IsMine).Select(item => new RegistryLogin(
            RegistryKey.Normalize(item.Registry), item.UserName, Name, item.PasswordEnv is { } variable ? $"${variable}" : item.PasswordFile!))]);

    private bool IsMine(RegistryAuthSettings item) => (kind == AuthSource.Env ? item.PasswordEnv : item.PasswordFile) is not null;

    private CredentialStep FromVariable(RegistryAuthSettings found)
    {
        var variable = found.PasswordEnv!;
        if (environment(variable) is not { Length: > 0 } password)
        {
            return Nothing($"${variable} is not set") with { Warnings = [$"config.json names ${variable} for {found.Registry}, which is not set"] };
        }

        var credential = new RegistryCredential.Basic(found.UserName, password);
        return new CredentialStep(Name, $"${variable}, for \"{found.Registry}\": {Describe(credential)}", credential);
    }

    private CredentialStep FromFile(RegistryAuthSettings found)
    {
        var path = found.PasswordFile!;
        var content = SecretFile.ReadBytes(path, MaximumBytes)
            ?? throw new LoamException(ErrorCodes.CredentialsUnreadable, $"{path}, which config.json names for {found.Registry}, does not exist");
        var password = Encoding.UTF8.GetString(content).TrimEnd('\n', '\r');
        if (password.Length == 0)
        {
            throw new LoamException(ErrorCodes.CredentialsInvalid, $"{path}:1: the password file is empty") { Details = FailurePlace.Of(path, 1) };
        }

        var credential = new RegistryCredential.Basic(found.UserName, password);
        return new CredentialStep(Name, $"{path}, for \"{found.Registry}\": {Describe(credential)}", credential)
        {
            Warnings = SecretFile.WarningOf(path) is { } warning ? [warning] : [],
        };
    }
}
