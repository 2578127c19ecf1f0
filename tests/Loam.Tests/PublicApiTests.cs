using System.Reflection;
using Loam.Filesystems;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>The libraries' public face, kept in <c>docs/api.txt</c>: a change of it is seen in review.</summary>
public sealed class PublicApiTests
{
    [Fact]
    public void The_public_api_is_the_one_that_is_written_down()
    {
        var path = Path.Combine(Repository.Root, "docs", "api.txt");
        var now = string.Join(
            '\n',
            Describe(typeof(FileTree).Assembly).Concat(Describe(typeof(ImageStore).Assembly)).Concat(Describe(typeof(Machines.Workspace).Assembly))) + "\n";
        if (Environment.GetEnvironmentVariable("LOAM_UPDATE_API") == "1")
        {
            File.WriteAllText(path, now);
        }

        Assert.Equal(File.ReadAllText(path), now);
    }

    [Fact]
    public void Every_error_code_is_written_down()
    {
        var path = Path.Combine(Repository.Root, "docs", "errors.md");
        var codes = typeof(ErrorCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (ErrorCode)field.GetValue(null)!)
            .OrderBy(code => (int)code.Class).ThenBy(code => code.Name, StringComparer.Ordinal).ToList();
        var now = "# Errors\n\nEvery failure has a stable code, and the kind of failure is the exit code. This page is written from the code.\n\n"
            + "| code | exit | what it means | what to do |\n|---|---|---|---|\n"
            + string.Concat(codes.Select(code => $"| `{code.Name}` | {(int)code.Class} | {code.Meaning} | {code.Hint} |\n"));
        if (Environment.GetEnvironmentVariable("LOAM_UPDATE_API") == "1")
        {
            File.WriteAllText(path, now);
        }

        Assert.Equal(codes.Count, codes.Select(code => code.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(File.ReadAllText(path), now);
    }

    private static IEnumerable<string> Describe(Assembly assembly)
    {
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            yield return $"{type.FullName}{(type.BaseType is { } parent && parent != typeof(object) ? $" : {parent.Name}" : "")}";
            foreach (var member in type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Where(member => member is not MethodInfo { IsSpecialName: true }
                    && member.GetCustomAttribute<System.Runtime.CompilerServices.CompilerGeneratedAttribute>() is null)
                .Select(member => $"    {member}").Order(StringComparer.Ordinal))
            {
                yield return member;
            }
        }
    }
}
