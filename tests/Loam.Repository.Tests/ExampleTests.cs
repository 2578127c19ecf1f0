using Microsoft.CodeAnalysis;

namespace Loam.Repository.Tests;

/// <summary>Every example that the libraries' documentation shows compiles against the built libraries.</summary>
public sealed class ExampleTests
{
    public static TheoryData<string> Places => [.. Examples.All.Select(example => example.Place)];

    [Theory]
    [MemberData(nameof(Places))]
    public void The_example_compiles(string place) => Assert.Empty(Examples.All.Single(example => example.Place == place).Complaints());

    [Fact]
    public void Entry_points_have_examples()
    {
        foreach (var entry in (string[])[
            "Ext4Image.cs", "Ext4Reader.cs", "Ext4Writer.cs", "FolderReader.cs", "FolderWriter.cs", "Ext4Grow.cs", "TreeOverlay.cs",
        ])
        {
            Assert.Contains(Examples.All, example => example.Place.Contains($"/{entry}:", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Faults_are_found()
    {
        var examples = Examples.InSource("Planted.cs", """
            /// <summary>Something.</summary>
            /// <example>
            /// <code>
            /// using var reader = Loam.Filesystems.Ext4Reader.Opne("root.ext4");
            /// IList&lt;string&gt; warnings = reader.Warnings;
            /// </code>
            /// </example>
            /// <example><code>await Task.Delay(1);</code></example>
            public class Planted;
            """).ToList();
        Assert.Equal(["Planted.cs:3", "Planted.cs:8"], examples.Select(example => example.Place));
        Assert.Contains(examples[0].Complaints(), complaint => complaint.Contains("CS0117", StringComparison.Ordinal));
        Assert.Contains("IList<string> warnings", examples[0].Code, StringComparison.Ordinal);
        Assert.Empty(examples[1].Complaints());
        var page = Assert.Single(Examples.InPage("planted.md", "Text.\n\n```csharp\nvar x = 1\n```\n\n```sh\nls\n```\n"));
        Assert.Equal(("planted.md:4", "var x = 1\n"), (page.Place, page.Code));
        Assert.Contains(page.Complaints(), complaint => complaint.Contains("CS1002", StringComparison.Ordinal));
    }
}
