namespace Loam.Repository.Tests;

/// <summary>The plan of <c>docs/architecture.md</c> is the code's: a room knows only the rooms below it.</summary>
public sealed class ArchitectureTests
{
    private static readonly RoomList Rooms = RoomList.Read();

    [Fact]
    public void The_compiler_understands_every_name()
    {
        Assert.Empty(House.AsItStands.Errors);
        Assert.True(House.AsItStands.Arrows.Count > 5000, "hardly any name was found");
    }

    [Fact]
    public void A_room_knows_only_the_rooms_below_it() => Assert.Empty(House.AsItStands.Upward(Rooms));

    [Fact]
    public void Every_file_stands_in_a_room_of_the_list() => Assert.Empty(House.AsItStands.Homeless(Rooms));

    [Fact]
    public void Every_room_of_the_list_is_there() =>
        Assert.All(Rooms.Rooms.Where(room => room != "Loam.Cli"), room => Assert.Contains(House.AsItStands.Types, type => Rooms.RoomOf(type.File) == room));

    [Fact]
    public void Internals_are_in_the_namespace_of_their_room_and_public_types_in_their_packages() => Assert.Empty(House.AsItStands.Misnamed(Rooms));

    [Fact]
    public void Faults_are_found()
    {
        var house = House.Compile(
            ("Loam/Layers/Planted.cs", """
                using Loam.Store;
                namespace Loam.Layers;
                internal static class Planted
                {
                    public static object? Upward(Loam.Pulling.LayerFetch fetch) => fetch.Layers;

                    public static long Inferred(Descriptor blob, BlobStore store) => store.Length(blob.Digest) ?? 0;
                }
                """),
            ("Loam/Cellar/Homeless.cs", "namespace Loam.Cellar; internal sealed class Homeless;"),
            ("Loam.Filesystems/Tree/Misnamed.cs", "namespace Loam.Filesystems; internal sealed class Misnamed;"),
            ("Loam.Filesystems/Tree/Open.cs", "namespace Loam.Filesystems.Tree; public sealed class Open;"));
        Assert.Empty(house.Errors);
        var upward = house.Upward(Rooms).ToList();
        Assert.Contains("Loam/Layers/Planted.cs:5 (Loam/Layers) names LayerFetch of Loam/Pulling, which stands above it", upward);
        Assert.Contains("Loam/Layers/Planted.cs:7 (Loam/Layers) names BlobStore.Length of Loam/Store, which stands above it", upward);
        Assert.Equal("Loam/Cellar/Homeless.cs", Assert.Single(house.Homeless(Rooms)));
        Assert.Equal(2, house.Misnamed(Rooms).Count());

        // And an order that is not the code's is found wrong.
        Assert.NotEmpty(House.AsItStands.Upward(new RoomList(Rooms.Rooms.Reverse())));
    }
}
