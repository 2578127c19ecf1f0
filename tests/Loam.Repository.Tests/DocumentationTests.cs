using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Loam.Repository.Tests;

/// <summary>Whoever calls a public member finds what each argument means and what comes back.</summary>
public sealed class DocumentationTests
{
    [Theory]
    [InlineData("src/Loam.Filesystems")]
    public void Every_argument_and_result_of_a_public_member_is_described(string package) =>
        Assert.Empty(Checkout.Sources(package).SelectMany(path => Faults(Path.GetRelativePath(Checkout.Root, path), File.ReadAllText(path))));

    [Fact]
    public void Faults_are_found()
    {
        const string Planted = """
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

                internal int Hidden(int untold) => untold;
            }
            """;
        Assert.Equal(
            ["planted.cs:2: bare is not described", "planted.cs:6: untold is not described", "planted.cs:6: what comes back is not described"],
            Faults("planted.cs", Planted).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Faults(string path, string text)
    {
        var root = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.Parse), path).GetRoot();
        foreach (var member in root.DescendantNodes().OfType<MemberDeclarationSyntax>().Where(IsPublic))
        {
            var (parameters, returns) = member switch
            {
                MethodDeclarationSyntax method => (method.ParameterList, method.ReturnType.ToString() is not ("void" or "Task" or "ValueTask")),
                ConstructorDeclarationSyntax constructor => (constructor.ParameterList, false),
                OperatorDeclarationSyntax @operator => (@operator.ParameterList, true),
                ConversionOperatorDeclarationSyntax conversion => (conversion.ParameterList, true),
                DelegateDeclarationSyntax @delegate => (@delegate.ParameterList, @delegate.ReturnType.ToString() != "void"),
                TypeDeclarationSyntax type => (type.ParameterList, false),
                _ => ((ParameterListSyntax?)null, false),
            };
            var documentation = member.GetLeadingTrivia().Select(trivia => trivia.GetStructure()).OfType<DocumentationCommentTriviaSyntax>().SingleOrDefault();
            if (documentation?.DescendantNodes().OfType<XmlEmptyElementSyntax>().Any(element => element.Name.LocalName.Text == "inheritdoc") == true)
            {
                continue;
            }

            var elements = documentation?.DescendantNodes().OfType<XmlElementSyntax>().ToList() ?? [];
            var described = elements.SelectMany(element => element.StartTag.Attributes.OfType<XmlNameAttributeSyntax>()).Select(name => name.Identifier.ToString()).ToHashSet(StringComparer.Ordinal);
            var line = member.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
            foreach (var parameter in parameters?.Parameters.Where(parameter => !described.Contains(parameter.Identifier.Text)) ?? [])
            {
                yield return $"{path}:{line}: {parameter.Identifier.Text} is not described";
            }

            if (returns && !elements.Any(element => element.StartTag.Name.LocalName.Text == "returns"))
            {
                yield return $"{path}:{line}: what comes back is not described";
            }
        }
    }

    /// <summary>Whether others can see a member: it and all around it are public.</summary>
    private static bool IsPublic(MemberDeclarationSyntax member) =>
        (member.Modifiers.Any(SyntaxKind.PublicKeyword) || member.Parent is InterfaceDeclarationSyntax)
        && member.Ancestors().OfType<TypeDeclarationSyntax>().All(type => type.Modifiers.Any(SyntaxKind.PublicKeyword));
}
