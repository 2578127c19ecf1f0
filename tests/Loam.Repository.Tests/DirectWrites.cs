using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Loam.Repository.Tests;

/// <summary>Finds the calls that write, rename or sync a file themselves, instead of through <c>StableStorage</c>.</summary>
internal static class DirectWrites
{
    private static readonly HashSet<string> Methods = new(StringComparer.Ordinal)
    {
        "System.IO.File.WriteAllBytes", "System.IO.File.WriteAllBytesAsync", "System.IO.File.WriteAllText", "System.IO.File.WriteAllTextAsync",
        "System.IO.File.WriteAllLines", "System.IO.File.WriteAllLinesAsync", "System.IO.File.AppendAllText", "System.IO.File.AppendAllTextAsync",
        "System.IO.File.AppendAllLines", "System.IO.File.AppendAllLinesAsync", "System.IO.File.AppendAllBytes", "System.IO.File.AppendText",
        "System.IO.File.Create", "System.IO.File.CreateText", "System.IO.File.OpenWrite", "System.IO.File.Copy", "System.IO.File.Move",
        "System.IO.File.Replace", "System.IO.File.CreateSymbolicLink", "System.IO.Directory.Move", "System.IO.Directory.CreateSymbolicLink",
        "System.IO.FileInfo.MoveTo", "System.IO.FileInfo.CopyTo", "System.IO.FileInfo.Replace", "System.IO.FileInfo.Create", "System.IO.FileInfo.CreateText",
        "System.IO.FileInfo.OpenWrite", "System.IO.FileInfo.AppendText", "System.IO.DirectoryInfo.MoveTo", "System.IO.RandomAccess.FlushToDisk",
        "Loam.Files.Libc.Exchange", "Loam.Files.Libc.SyncDirectory", "Loam.Filesystems.DiskFile.Create", "Loam.Filesystems.DiskFile.Sync",
        "Loam.Filesystems.DiskCopy.Make",
    };

    // These read or write by what they are told.
    private static readonly HashSet<string> Openers = new(StringComparer.Ordinal)
    {
        "System.IO.File.Open", "System.IO.File.OpenHandle", "System.IO.FileInfo.Open", "System.IO.FileStream..ctor", "System.IO.StreamWriter..ctor",
    };

    /// <summary>The calls of a file: where they are, and what they call.</summary>
    public static IEnumerable<string> Of(SyntaxTree tree, SemanticModel model) =>
        from node in tree.GetRoot().DescendantNodes()
        where node is InvocationExpressionSyntax or BaseObjectCreationExpressionSyntax
        let method = model.GetSymbolInfo(node).Symbol as IMethodSymbol
        where method is not null
        let name = $"{method.ContainingType.ToDisplayString()}.{method.Name}"
        where Methods.Contains(name) || (Openers.Contains(name) && Writes(method, Arguments(node), model))
        select $"{tree.FilePath} {MemberOf(node)}: {method.ContainingType.Name}{(method.MethodKind == MethodKind.Constructor ? "" : $".{method.Name}")}";

    /// <summary>Whether an opener is not told to read only. What takes an open handle writes nothing new unless it says so.</summary>
    private static bool Writes(IMethodSymbol method, IEnumerable<ArgumentSyntax> arguments, SemanticModel model)
    {
        if (method.ContainingType.Name == nameof(StreamWriter))
        {
            return method.Parameters[0].Type.SpecialType == SpecialType.System_String;
        }

        var constants = arguments.Select(
            argument => (Type: model.GetTypeInfo(argument.Expression).Type?.Name, Value: model.GetConstantValue(argument.Expression).Value)).ToList();
        if (constants.FirstOrDefault(argument => argument.Type == nameof(FileAccess)) is { Type: not null } access)
        {
            return access.Value is not (int)FileAccess.Read;
        }

        return method.Name != nameof(File.OpenHandle)
            || constants.Exists(argument => argument.Type == nameof(FileMode) && argument.Value is not (int)FileMode.Open);
    }

    private static SeparatedSyntaxList<ArgumentSyntax> Arguments(SyntaxNode node) =>
        (node as InvocationExpressionSyntax)?.ArgumentList.Arguments ?? (node as BaseObjectCreationExpressionSyntax)?.ArgumentList?.Arguments ?? default;

    private static string MemberOf(SyntaxNode node) => node.Ancestors().OfType<MemberDeclarationSyntax>().FirstOrDefault() switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        PropertyDeclarationSyntax property => property.Identifier.Text,
        BaseTypeDeclarationSyntax type => type.Identifier.Text,
        _ => "?",
    };
}
