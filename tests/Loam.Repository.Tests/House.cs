using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Loam.Repository.Tests;

/// <summary>A name in a file that leads to a type declared in another.</summary>
/// <param name="From">The file, below <c>src</c>.</param>
/// <param name="Line">The line.</param>
/// <param name="To">The file that declares what is named.</param>
/// <param name="Symbol">What is named.</param>
internal sealed record Arrow(string From, int Line, string To, string Symbol);

/// <summary>A type at the top of a file.</summary>
internal sealed record DeclaredType(string File, string Namespace, string Name, bool IsPublic);

/// <summary>The sources as the compiler understands them: who names what, and what stands where.</summary>
internal sealed class House
{
    private readonly List<Arrow> _arrows = [];
    private readonly List<DeclaredType> _types = [];
    private readonly List<string> _writes = [];

    /// <summary>Compiles packages, from below to above.</summary>
    /// <param name="packages">Each a name and its files, by their paths below <c>src</c>.</param>
    public House(IEnumerable<(string Name, IReadOnlyList<(string Path, string Text)> Files)> packages)
    {
        var compiler = new SourceCompiler();
        foreach (var (name, files) in packages)
        {
            var compilation = compiler.Compile(name, files, program: files.Any(file => file.Path.EndsWith("/Program.cs", StringComparison.Ordinal)));
            Errors.AddRange(compilation.GetDiagnostics().Where(finding => finding.Severity == DiagnosticSeverity.Error).Select(finding => finding.ToString()));
            foreach (var tree in compilation.SyntaxTrees.Where(tree => files.Any(file => file.Path == tree.FilePath)))
            {
                Read(tree, compilation.GetSemanticModel(tree));
            }
        }
    }

    /// <summary>What the compiler complains of; without complaints, no name is left without a meaning.</summary>
    public List<string> Errors { get; } = [];

    public IReadOnlyList<Arrow> Arrows => _arrows;

    public IReadOnlyList<DeclaredType> Types => _types;

    /// <summary>The calls that write, rename or sync files themselves; see <see cref="DirectWrites"/>.</summary>
    public IReadOnlyList<string> Writes => _writes;

    /// <summary>The house as it stands.</summary>
    public static House AsItStands => Standing.Value;

    private static Lazy<House> Standing { get; } = new(() => Compile());

    /// <summary>The house as it stands, and more files, or other texts of files that stand there.</summary>
    public static House Compile(params (string Path, string Text)[] planted) => new(
        ((string[])["Loam.Filesystems", "Loam", "Loam.Machines", "Loam.Cli"]).Select(name => (name, (IReadOnlyList<(string, string)>)
        [
            .. Checkout.Sources(Path.Combine("src", name))
                .Select(path => (Path.GetRelativePath(Path.Combine(Checkout.Root, "src"), path), File.ReadAllText(path)))
                .Where(file => !planted.Any(other => other.Path == file.Item1)),
            .. planted.Where(file => file.Path.StartsWith(name + "/", StringComparison.Ordinal)),
        ])));

    /// <summary>Names that lead upward, by the order of the rooms.</summary>
    public IEnumerable<string> Upward(RoomList rooms) =>
        from arrow in _arrows
        let @from = rooms.RoomOf(arrow.From)
        let to = rooms.RoomOf(arrow.To)
        where @from is not null && to is not null && rooms.IsAbove(to, @from)
        select $"{arrow.From}:{arrow.Line} ({@from}) names {arrow.Symbol} of {to}, which stands above it";

    /// <summary>Files that stand in no listed room.</summary>
    public IEnumerable<string> Homeless(RoomList rooms) =>
        _types.Select(type => type.File).Distinct(StringComparer.Ordinal).Where(file => rooms.RoomOf(file) is null);

    /// <summary>Types whose namespace is not the one that their room and their visibility give them.</summary>
    public IEnumerable<string> Misnamed(RoomList rooms) =>
        from type in _types
        where rooms.RoomOf(type.File) is not null
        let room = rooms.RoomOf(type.File)!
        let package = room.Split('/')[0]
        let wanted = type.IsPublic ? package : room.Replace('/', '.')
        where type.Namespace != wanted
        select $"{type.File}: {type.Name} is in namespace {type.Namespace}; it belongs in {wanted}";

    private void Read(SyntaxTree tree, SemanticModel model)
    {
        _writes.AddRange(DirectWrites.Of(tree, model));
        foreach (var node in tree.GetRoot().DescendantNodes(descendIntoTrivia: true))
        {
            if (node is MemberDeclarationSyntax { Parent: BaseNamespaceDeclarationSyntax or CompilationUnitSyntax } member
                && model.GetDeclaredSymbol(member) is INamedTypeSymbol declared)
            {
                var isPublic = declared.DeclaredAccessibility == Accessibility.Public;
                _types.Add(new DeclaredType(tree.FilePath, declared.ContainingNamespace.ToDisplayString(), declared.Name, isPublic));
            }

            // A word of documentation binds nothing: only code is judged.
            if (node is SimpleNameSyntax name && !name.IsPartOfStructuredTrivia() && model.GetSymbolInfo(name).Symbol is { } symbol)
            {
                Add(tree, name, symbol);
            }
        }
    }

    private void Add(SyntaxTree tree, SimpleNameSyntax name, ISymbol symbol)
    {
        var type = symbol as INamedTypeSymbol ?? (symbol as IMethodSymbol)?.ReducedFrom?.ContainingType ?? symbol.ContainingType;
        if (symbol is INamespaceSymbol || type is null)
        {
            return;
        }

        while (type.ContainingType is { } outer)
        {
            type = outer;
        }

        // Parts of one type may stand in several files; the one that declares what is named counts.
        var places = symbol.OriginalDefinition.DeclaringSyntaxReferences.Concat(type.OriginalDefinition.DeclaringSyntaxReferences)
            .Select(place => place.SyntaxTree.FilePath).Where(path => path.StartsWith("Loam", StringComparison.Ordinal)).ToList();
        if (places.Count > 0 && !places.Contains(tree.FilePath))
        {
            var line = tree.GetLineSpan(name.Span).StartLinePosition.Line + 1;
            _arrows.Add(new Arrow(tree.FilePath, line, places[0], symbol is INamedTypeSymbol ? symbol.Name : $"{type.Name}.{symbol.Name}"));
        }
    }
}
