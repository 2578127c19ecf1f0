using System.Diagnostics;
using Loam.TestKit;

// A registry on this machine with one small image of three layers, for as long as a command runs:
//   Loam.Demo PROGRAM ARGUMENT…      with {image} standing for the image's reference
var system = new TarAuthor()
    .Directory("./").Directory("etc").Directory("usr").Directory("usr/bin").Symlink("bin", "usr/bin")
    .Directory("tmp", 0b001_111_111_111).Directory("home").Directory("home/demo", 0b111_101_000, 1000, 1000)
    .File("etc/os-release", "NAME=\"Loam demo\"\nID=loam-demo\n").File("etc/motd", "to be replaced\n").File("etc/old", "to be deleted\n");
var program = new TarAuthor().File("usr/bin/hello", "#!/bin/sh\necho hello from a disk that Loam wrote\n", 0b111_101_101)
    .HardLink("usr/bin/hi", "usr/bin/hello");
for (var i = 0; i < 500; i++)
{
    program.File($"home/demo/note-{i}", $"note {i}\n", uid: 1000, gid: 1000);
}

var changes = new TarAuthor().File("etc/motd", "Welcome to a disk made from three layers.\n").Whiteout("etc/old").Device("etc/null", block: false, 1, 3);

await using var registry = InProcessRegistry.Start();
new TestImage().Add(system.End()).Add(program.End()).Add(changes.End(), LayerForm.Tar).Push(registry, "demo/hello", "latest");
var arguments = args[1..].Select(argument => argument.Replace("{image}", $"{registry.Host}/demo/hello:latest", StringComparison.Ordinal));
using var process = Process.Start(new ProcessStartInfo(args[0], arguments) { UseShellExecute = false })!;
await process.WaitForExitAsync();
return process.ExitCode;
