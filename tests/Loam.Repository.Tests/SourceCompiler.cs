using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Loam.Repository.Tests;

/// <summary>Compiles the sources of packages from below to above, as the build does, to ask the compiler what names mean.</summary>
internal sealed class SourceCompiler
{
    private static readonly CSharpParseOptions Parsing = new(
        LanguageVersion.Preview, DocumentationMode.Diagnose, preprocessorSymbols: ["NET10_0", "NET10_0_OR_GREATER", "NET9_0_OR_GREATER", "NET8_0_OR_GREATER"]);

    private readonly ISourceGenerator[] _generators = [.. Generators()];
    private readonly List<MetadataReference> _references = [.. References()];

    /// <summary>Compiles one package; those compiled before can be named in it.</summary>
    /// <param name="name">Its assembly.</param>
    /// <param name="files">Paths and texts.</param>
    /// <param name="program">Whether it has an entry point.</param>
    public CSharpCompilation Compile(string name, IEnumerable<(string Path, string Text)> files, bool program)
    {
        const string Usings = """
            global using System; global using System.IO; global using System.Linq; global using System.Net.Http;
            global using System.Threading; global using System.Threading.Tasks; global using System.Collections.Generic;
            """;
        var friends = string.Concat(((string[])["Loam", "Loam.Machines", "Loam.Cli"])
            .Select(friend => $"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"{friend}\")]"));
        var trees = files.Append(("usings", Usings + friends)).Select(file => CSharpSyntaxTree.ParseText(file.Item2, Parsing, file.Item1));
        var options = new CSharpCompilationOptions(
            program ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
            allowUnsafe: true,
            nullableContextOptions: NullableContextOptions.Enable);
        CSharpGeneratorDriver.Create(_generators, parseOptions: Parsing)
            .RunGeneratorsAndUpdateCompilation(CSharpCompilation.Create(name, trees, _references, options), out var compiled, out _);
        _references.Add(compiled.ToMetadataReference());
        return (CSharpCompilation)compiled;
    }

    /// <summary>The framework and the packages, as they stand beside these tests; not the libraries themselves.</summary>
    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(path => !Path.GetFileName(path).StartsWith("Loam", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path));

    /// <summary>The generators that the SDK runs in every build.</summary>
    private static IEnumerable<ISourceGenerator> Generators()
    {
        var packs = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "packs", "Microsoft.NETCore.App.Ref"));
        var analyzers = Directory.EnumerateDirectories(packs).Select(pack => Path.Combine(pack, "analyzers", "dotnet", "cs"))
            .Where(Directory.Exists).Max(StringComparer.Ordinal)!;
        var logging = typeof(Microsoft.Extensions.Logging.ILogger).Assembly.GetName().Name!;
        var package = Directory.EnumerateDirectories(Path.Combine(PackagesFolder(), logging.ToLowerInvariant())).Max(StringComparer.Ordinal)!;
        return Directory.EnumerateFiles(analyzers, "*.dll")
            .Concat(Directory.EnumerateFiles(Path.Combine(package, "analyzers", "dotnet", "roslyn4.4", "cs"), "*.dll"))
            .SelectMany(path => new AnalyzerFileReference(path, new Loader()).GetGenerators(LanguageNames.CSharp));
    }

    private static string PackagesFolder() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } stated
            ? stated
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
        }

        public Assembly LoadFromPath(string fullPath) => Assembly.LoadFrom(fullPath);
    }
}
