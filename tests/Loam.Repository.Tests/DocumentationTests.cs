using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Loam.Repository.Tests;

/// <summary>The documentation of a public member says what it does, what each argument means, and what it returns.</summary>
public sealed class DocumentationTests
{
    private static readonly string[] Packages = ["Loam.Filesystems", "Loam", "Loam.Machines"];

    [Fact]
    public void Every_argument_and_result_of_a_public_member_is_described()
    {
        var compiler = new SourceCompiler();
        var faults = Packages.SelectMany(package => Faults(compiler.Compile(package, Files(package), program: false))).ToList();
        Assert.Equal("", string.Join('\n', faults));
    }

    [Fact]
    public void Faults_are_found()
    {
        const string Planted = """
            using System.Threading.Tasks;
            /// <summary>A type.</summary>
            public sealed class Planted(int bare)
            {
                /// <summary>Does it.</summary>
                /// <param name="told">Something.</param>
                public int Half(int told, int untold) => told + untold + bare;

                /// <summary>Does it.</summary>
                /// <param name="told">Something.</param>
                /// <returns>Something.</returns>
                public int Whole(int told) => told;

                /// <inheritdoc/>
                public override string ToString() => "";

                /// <summary>Does it.</summary>
                /// <param name="text">Something.</param>
                public void Unsaid(string text) => ArgumentNullException.ThrowIfNull(text);

                /// <param name="empty"> </param>
                /// <returns>Something.</returns>
                public Task<int> Silent(int empty) => Task.FromResult(empty);

                /// <summary>A sum.</summary>
                public static Planted operator +(Planted one, Planted other) => new(0);

                /// <summary>Does it.</summary>
                public Task Nothing() => Task.CompletedTask;

                internal int Hidden(int untold) => untold;

                private sealed class Inner
                {
                    public int Hidden(int untold) => untold;
                }
            }

            /// <summary>A record.</summary>
            /// <param name="Told">Something.</param>
            public sealed record Pair(int Told, int Untold);

            /// <summary>A call.</summary>
            public delegate int Call(int untold);

            internal sealed class Internal
            {
                public int Hidden(int untold) => untold;
            }
            """;
        var compilation = new SourceCompiler().Compile("planted", [("planted.cs", Planted)], program: false);
        Assert.DoesNotContain(compilation.GetDiagnostics(), finding => finding.Severity == DiagnosticSeverity.Error);
        Assert.Equal(
            [
                "planted.cs:19: Planted.Unsaid(string): ArgumentNullException is not described",
                "planted.cs:23: Planted.Silent(int): empty is not described",
                "planted.cs:23: Planted.Silent(int): there is no summary",
                "planted.cs:3: Planted.Planted(int): bare is not described",
                "planted.cs:41: Pair.Pair(int, int): Untold is not described",
                "planted.cs:44: Call: the result is not described",
                "planted.cs:44: Call: untold is not described",
                "planted.cs:7: Planted.Half(int, int): the result is not described",
                "planted.cs:7: Planted.Half(int, int): untold is not described",
            ],
            Faults(compilation).Order(StringComparer.Ordinal));
        Assert.All(Packages, package => Assert.NotEmpty(Files(package)));
    }

    private static IEnumerable<(string Path, string Text)> Files(string package) =>
        Checkout.Sources(Path.Combine("src", package)).Select(path => (Path.GetRelativePath(Checkout.Root, path), File.ReadAllText(path)));

    private static IEnumerable<string> Faults(Compilation compilation) =>
        from type in Types(compilation.Assembly.GlobalNamespace)
        from method in type.TypeKind == TypeKind.Delegate ? [type.DelegateInvokeMethod!] : type.GetMembers().OfType<IMethodSymbol>().Where(IsCallable)
        let documented = type.TypeKind != TypeKind.Delegate && method.DeclaringSyntaxReferences is [var place] && place.GetSyntax() is not TypeDeclarationSyntax
            ? method
            : (ISymbol)type
        let name = type.TypeKind == TypeKind.Delegate ? type.ToDisplayString() : method.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat)
        let at = documented.Locations[0].GetLineSpan()
        from fault in Faults(method, documented.GetDocumentationCommentXml())
        select $"{at.Path}:{at.StartLinePosition.Line + 1}: {name}: {fault}";

    private static IEnumerable<string> Faults(IMethodSymbol method, string? documentation)
    {
        // The parts of a partial type come one after another, each in its own element.
        var elements = XElement.Parse($"<all>{documentation}</all>").Descendants().ToList();
        if (elements.Any(element => element.Name == "inheritdoc"))
        {
            yield break;
        }

        if (!elements.Any(element => element.Name == "summary" && Says(element)))
        {
            yield return "there is no summary";
        }

        // Everybody knows what an operator takes and gives.
        if (method.MethodKind is MethodKind.UserDefinedOperator or MethodKind.Conversion)
        {
            yield break;
        }

        var described = elements.Where(element => element.Name == "param" && Says(element)).Select(element => element.Attribute("name")?.Value).ToHashSet();
        foreach (var parameter in method.Parameters.Where(parameter => !described.Contains(parameter.Name)))
        {
            yield return $"{parameter.Name} is not described";
        }

        if (!method.ReturnsVoid && method.MethodKind != MethodKind.Constructor
            && method.ReturnType is not INamedTypeSymbol { Name: "Task" or "ValueTask", IsGenericType: false }
            && !elements.Any(element => element.Name == "returns" && Says(element)))
        {
            yield return "the result is not described";
        }

        if (ChecksForNull(method) && !elements.Any(element => element.Attribute("cref")?.Value == "T:System.ArgumentNullException"))
        {
            yield return "ArgumentNullException is not described";
        }
    }

    private static bool ChecksForNull(IMethodSymbol method) => method.DeclaringSyntaxReferences
        .Select(place => place.GetSyntax()).OfType<BaseMethodDeclarationSyntax>().SelectMany(declared => declared.DescendantNodes())
        .OfType<InvocationExpressionSyntax>().Any(call => call.Expression.ToString() == "ArgumentNullException.ThrowIfNull");

    /// <summary>Whether an element has content: words, or a reference.</summary>
    private static bool Says(XElement element) => element.Value.Trim().Length > 0 || element.HasElements;

    private static bool IsCallable(IMethodSymbol method) =>
        !method.IsImplicitlyDeclared && IsVisible(method.DeclaredAccessibility)
        && method.MethodKind is MethodKind.Ordinary or MethodKind.Constructor or MethodKind.UserDefinedOperator or MethodKind.Conversion;

    private static bool IsVisible(Accessibility accessibility) =>
        accessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal;

    /// <summary>The types that users of the package see, with those inside them.</summary>
    private static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol place) =>
        place.GetMembers().OfType<INamespaceOrTypeSymbol>()
            .Where(member => member is INamespaceSymbol || member is INamedTypeSymbol type && IsVisible(type.DeclaredAccessibility))
            .SelectMany(member => member is INamedTypeSymbol type ? Types(type).Prepend(type) : Types(member));
}
