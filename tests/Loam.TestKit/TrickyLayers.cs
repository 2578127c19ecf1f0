using Loam.Filesystems;

namespace Loam.TestKit;

/// <summary>A stack of layers that tests one corner of layer application.</summary>
/// <param name="Name">Which.</param>
/// <param name="Layers">The archives, lowest first.</param>
/// <param name="UmociDiffers">Why umoci is no judge of it, with the specification's words for it; null where it is.</param>
public sealed record TrickyStack(string Name, byte[][] Layers, string? UmociDiffers = null)
{
    public override string ToString() => Name;
}

/// <summary>The corners of layer application (OCI image-spec, <c>layer.md</c>).</summary>
public static class TrickyLayers
{
    private static readonly byte[] Binary = [0, 255, 10, 61, 0, 254];

    public static IReadOnlyList<TrickyStack> All { get; } =
    [
        new("whiteouts hide files and folders below", [
            Root().Directory("a").File("a/x", "1").File("a/y", "2").Directory("b").File("b/z", "3").End(),
            Root().Directory("a").Whiteout("a/x").Whiteout("b").End()]),
        new("a whiteout leaves its own layer's file", [
            Root().Directory("a").File("a/x", "old").End(),
            Root().Directory("a").Whiteout("a/x").File("a/x", "new").End()]),
        new("an opaque mark before its siblings", [
            Root().Directory("a").File("a/old", "1").Directory("a/sub").File("a/sub/old", "1").End(),
            Root().Directory("a").Opaque("a").File("a/new", "2").Directory("a/sub").File("a/sub/new", "2").End()]),
        new("an opaque mark after its siblings", [
            Root().Directory("a").File("a/old", "1").Directory("a/sub").File("a/sub/old", "1").End(),
            Root().Directory("a").File("a/new", "2").Directory("a/sub").File("a/sub/new", "2").Opaque("a").End()],
            "it removes what is below only then, which changes the time of the folder it was in"),
        new("an attribute without a value", [
            Root().File("f", "x", xattrs: [new XAttr("user.empty", Array.Empty<byte>())]).End()],
            "it drops attributes whose value is empty"),
        new("hard links within a layer and to one below", [
            Root().File("one", "1").HardLink("two", "one").End(),
            Root().HardLink("three", "one").End()]),
        new("a hard link survives the replacement of its origin", [
            Root().File("one", "1").HardLink("two", "one").End(),
            Root().File("one", "replaced").End()]),
        new("a hard link survives the removal of its origin", [
            Root().File("one", "1").HardLink("two", "one").End(),
            Root().Whiteout("one").End()]),
        new("a link's target may begin with a slash", [
            Root().Directory("d").File("d/one", "1").HardLink("two", "/d/one").End()]),
        new("types replace one another", [
            Root().Directory("a").File("a/f", "1").File("b", "2").Symlink("c", "a").Fifo("d").Directory("e").End(),
            Root().File("a", "file now").Directory("b").File("b/f", "3").Directory("c").File("c/own", "4").Symlink("d", "b").Device("e", false, 1, 3).End()]),
        new("entries imply their parents", [
            Root().File("p/q/r/file", "deep").End()],
            "it gives directories that no layer names the time of unpacking"),
        new("parents that are symbolic links", [
            Root().Directory("usr").Directory("usr/lib").Symlink("lib", "usr/lib").Symlink("abs", "/usr").Symlink("up", "../../../usr").End(),
            Root().Directory("usr").Directory("usr/lib").File("lib/a", "1").File("abs/b", "2").File("up/c", "3").End()],
            "it leaves directories changed through links with the time of unpacking"),
        new("the last of duplicates counts", [
            Root().File("x", "first", mode: 0b110_000_000).File("x", "second").Directory("d", 0b111_000_000).Directory("d", 0b111_101_101, 5, 6).End()]),
        new("devices, pipes, set-user-id and sticky", [
            Root().Device("c", false, 1, 3).Device("b", true, 259, 70_000).Fifo("p")
                .File("suid", "x", 0b100_111_101_101).File("sgid", "x", 0b010_111_101_101).Directory("tmp", 0b001_111_111_111).End()]),
        new("attributes, also binary ones and many", [
            Root().File("cap", "x", xattrs: [new XAttr("security.capability", Convert.FromHexString("0100000200200000000000000000000000000000"))])
                .File("bin", "x", xattrs: [new XAttr("user.bin", Binary)])
                .File("big", "x", xattrs: [new XAttr("user.big", new byte[3000]), new XAttr("trusted.t", Binary)])
                .File("same", "x", xattrs: [new XAttr("user.big", new byte[3000]), new XAttr("trusted.t", Binary)])
                .Directory("dir", xattrs: [new XAttr("user.d", Binary)]).End()]),
        new("a later layer replaces all attributes", [
            Root().File("f", "x", xattrs: [new XAttr("user.a", Binary)]).Directory("d", xattrs: [new XAttr("user.a", Binary)]).End(),
            Root().File("f", "y").Directory("d").End()]),
        new("large owners", [
            Root().File("big", "x", uid: 4_000_000_000, gid: 4_294_967_294).File("mid", "x", uid: 70_000, gid: 2_097_152).End()]),
        new("times before 1970, after 2038, and nanoseconds", [
            Root().File("old", "x", time: -1_000_000_000, nanoseconds: 5).File("new", "x", time: 4_102_444_800, nanoseconds: 999_999_999)
                .File("fraction", "x", time: 1, nanoseconds: 120_000_000).End()]),
        new("long names and link targets", [
            Root().Directory(new string('d', 200)).File(new string('d', 200) + "/" + new string('f', 250), "x")
                .Symlink("long", new string('t', 1000)).Symlink("sixty", new string('s', 60)).Symlink("fiftynine", new string('s', 59)).End()]),
        new("names that are no text", [
            Root().File("caf\u00E9", "latin").File("\u0001\u001B[31m", "control").File("a\nb", "newline").Directory("\u00FF\u00FE").End()]),
        new("files around the size of a block", [
            Root().File("0", "").File("1", "x").File("4095", new string('x', 4095)).File("4096", new string('x', 4096)).File("4097", new string('x', 4097))
                .File("zeros", new byte[20_000]).File("island", [.. new byte[8192], 1, .. new byte[8192]]).File("large", TestImage.Noise(3_000_000, 7)).End()]),
        new("a whiteout of what is not there", [
            Root().File("x", "1").End(),
            Root().Whiteout("nothing").Whiteout("no/such/place").End()],
            "it makes the parents of a whiteout that hides nothing"),
        new("a whiteout's folder changed in the same layer", [
            Root().Directory("a").File("a/old", "1").Directory("a/b").File("a/b/old", "1").End(),
            Root().Directory("a").File("a/new", "2").Whiteout("a").End()],
            "\"whiteout files MUST only apply to resources in lower/parent layers\"; it keeps the lower files of a folder that its own layer names"),
    ];

    private static TarAuthor Root() => new TarAuthor().Directory("./", time: 1_600_000_000);
}
