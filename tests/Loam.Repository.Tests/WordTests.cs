using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Loam.Repository.Tests;

/// <summary>Messages, help, doc comments and docs keep to the words of <c>docs/style.md</c>, as far as a word is never right.</summary>
public sealed partial class WordTests
{
    /// <summary>The folders of C# whose strings and doc comments are kept.</summary>
    private static readonly string[] Folders = ["src"];

    /// <summary>The pages that are kept; <c>docs/style.md</c> names the words.</summary>
    private static IEnumerable<string> Pages =>
        Directory.EnumerateFiles(Path.Combine(Checkout.Root, "docs"), "*.md").Where(path => Path.GetFileName(path) != "style.md")
            .Append(Path.Combine(Checkout.Root, "README.md")).Append(Path.Combine(Checkout.Root, "CHANGELOG.md"));

    [Fact]
    public void The_program_uses_plain_words() =>
        None(Folders.SelectMany(Checkout.Sources).SelectMany(path => InSource(Path.GetRelativePath(Checkout.Root, path), File.ReadAllText(path))));

    [Fact]
    public void The_docs_use_plain_words() =>
        None(Pages.SelectMany(path => InPage(Path.GetRelativePath(Checkout.Root, path), File.ReadAllText(path))));

    [Fact]
    public void Faults_are_found()
    {
        const string Source = """"
            namespace Loam;
            /// <summary>Fetches it anew.</summary>
            internal static class Planted
            {
                // A comment may mend what it likes, and so may code: its names are not shown to anybody.
                private const string Mended = "mended";
                public static string Text(string file) => $"{file} is no file";
                public static string Raw => """
                    it exists already
                    """;
                public static string Right => "there is no file, it is no longer recommended";
            }
            """";
        Assert.Equal(
            ["planted:2: anew", "planted:6: mended", "planted:7: is no file", "planted:9: exists already"],
            InSource("planted", Source).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["page:1: Mend", "page:1: is no file"],
            InPage("page", "Mend `mended` things; what is\nno file, and there is no other.\n"));
        Assert.All(Folders, folder => Assert.NotEmpty(Checkout.Sources(folder)));
        Assert.InRange(Pages.Count(), 10, int.MaxValue);
    }

    private static void None(IEnumerable<string> found) => Assert.Equal("", string.Join('\n', found));

    private static IEnumerable<string> InSource(string name, string text)
    {
        var tree = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.Parse));
        var strings = tree.GetRoot().DescendantTokens(descendIntoTrivia: true).Where(token =>
            token.IsKind(SyntaxKind.InterpolatedStringTextToken)
            || token.IsKind(SyntaxKind.XmlTextLiteralToken)
            || token.Parent is LiteralExpressionSyntax literal && literal.IsKind(SyntaxKind.StringLiteralExpression));
        return
            from token in strings
            from Match word in Never().Matches(token.Text)
            let line = tree.GetLineSpan(new Microsoft.CodeAnalysis.Text.TextSpan(token.SpanStart + word.Index, 0)).StartLinePosition.Line + 1
            select $"{name}:{line}: {word.Value}";
    }

    /// <summary>Finds words in a page. What is code is not English: fields, options.</summary>
    private static IEnumerable<string> InPage(string name, string text)
    {
        var prose = Code().Replace(text, span => new string(' ', span.Length));
        return Never().Matches(prose).Select(word => $"{name}:{prose[..word.Index].Count(c => c == '\n') + 1}: {word.Value.ReplaceLineEndings(" ")}");
    }

    [GeneratedRegex(
        """
        \b(
            mend(s|ed|ing)? | anew | unproved | shall | whom
            | (?<!\bthere\s+)is\s+no\s+(?!longer\b|more\b)\w+
            | exists?\s+already | (is|are)\s+(here|there)\s+already
            | asks?\s+nobody | (lost|never)\s+(is|are)
            | an\s+own
        )\b
        """,
        RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Never();

    [GeneratedRegex("`[^`\n]+`")]
    private static partial Regex Code();
}
