using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Loam.Repository.Tests;

/// <summary>A piece of code that documentation shows.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Code">The statements of a program.</param>
internal sealed record Example(string Place, string Code)
{
    /// <summary>What an example stands among.</summary>
    private const string Usings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http;
        global using System.Text; global using System.Threading; global using System.Threading.Tasks;
        global using Loam; global using Loam.Filesystems; global using Loam.Machines;
        global using static Surroundings;

        internal static class Surroundings
        {
            public static CancellationToken cancellationToken => default;
        }
        """;

    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Preview);

    /// <summary>The framework, the packages and the libraries as they were built.</summary>
    private static readonly MetadataReference[] References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':').Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>What the compiler finds wrong with it.</summary>
    public IEnumerable<string> Complaints() => CSharpCompilation.Create(
            "Example",
            [CSharpSyntaxTree.ParseText(Usings, Parsing), CSharpSyntaxTree.ParseText(Code, Parsing, Place)],
            References,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable))
        .GetDiagnostics()
        .Where(finding => finding.Severity == DiagnosticSeverity.Error)
        .Select(finding => finding.ToString());
}

/// <summary>Finds examples in the comments of sources and in the pages of documentation.</summary>
internal static class Examples
{
    private const string Fence = "```";

    private static readonly string[] Packages = ["src/Loam.Filesystems", "src/Loam", "src/Loam.Machines"];

    /// <summary>All of the repository.</summary>
    public static IReadOnlyList<Example> All { get; } =
    [
        .. Packages.SelectMany(Checkout.Sources).SelectMany(path => InSource(Path.GetRelativePath(Checkout.Root, path), File.ReadAllText(path))),
        .. Directory.EnumerateFiles(Path.Combine(Checkout.Root, "docs"), "*.md").Append(Path.Combine(Checkout.Root, "README.md")).Order(StringComparer.Ordinal)
            .SelectMany(path => InPage(Path.GetRelativePath(Checkout.Root, path), File.ReadAllText(path))),
    ];

    /// <summary>The <c>code</c> of each <c>example</c> in a file's comments.</summary>
    public static IEnumerable<Example> InSource(string path, string text)
    {
        var tree = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.Parse), path);
        foreach (var code in tree.GetRoot().DescendantNodes(descendIntoTrivia: true).OfType<XmlElementSyntax>().Where(element => IsNamed(element, "code")))
        {
            if (code.Parent is XmlElementSyntax parent && IsNamed(parent, "example"))
            {
                var line = tree.GetLineSpan(code.Span).StartLinePosition.Line + 1;
                var tokens = code.Content.SelectMany(part => part.DescendantTokens())
                    .Select(token => token.IsKind(SyntaxKind.XmlTextLiteralNewLineToken) ? "\n" : token.ValueText);
                yield return new Example($"{path}:{line}", string.Concat(tokens).Trim('\n') + "\n");
            }
        }
    }

    /// <summary>The blocks of a page that say they are C#.</summary>
    public static IEnumerable<Example> InPage(string path, string text)
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Trim() is Fence + "csharp" or Fence + "cs")
            {
                var end = Array.FindIndex(lines, i + 1, line => line.Trim() == Fence);
                yield return new Example($"{path}:{i + 2}", string.Concat(lines[(i + 1)..end].Select(line => line + "\n")));
                i = end;
            }
        }
    }

    private static bool IsNamed(XmlElementSyntax element, string name) => element.StartTag.Name.LocalName.Text == name;
}
