using System.Text.Json.Nodes;
using Loam.TestKit;

namespace Loam.Cli.Tests;

/// <summary>Changes a disk as a guest would, through the kernel.</summary>
internal static class ChangedDisk
{
    /// <summary>Mounts a disk, runs a script in it, and unmounts it.</summary>
    public static void Run(string disk, string script)
    {
        using var folder = new TemporaryFolder();
        Tools.Check("mount", "-o", "loop", disk, folder.Path);
        try
        {
            Tools.Check("bash", "-c", $"set -e; cd '{folder.Path}'\n{script}");
        }
        finally
        {
            Tools.Check("umount", folder.Path);
        }
    }

    /// <summary>What installing packages does to a system: 2,000 files, deletions, owners, capabilities, devices, links,
    /// and a file with 100 MB of hole.</summary>
    public const string Much = """
        mkdir -p srv/new && for i in $(seq 2000); do echo "file $i" > srv/new/f$i; done
        ln srv/new/f1 srv/one; ln srv/new/f1 srv/again
        rm -rf usr/gone; rm etc/deleted
        chown 1234:70000 etc/owned; chmod 4711 etc/mode
        cp etc/owned srv/able; setcap cap_net_raw+ep srv/able; setfattr -n user.bin -v 0x00ff0a3d srv/able
        setfattr -n trusted.t -v 0x01 srv/new; mknod srv/char c 1 3; mknod srv/block b 7 300; mkfifo srv/pipe
        truncate -s 100M srv/sparse; printf abc | dd of=srv/sparse bs=1 seek=50000000 conv=notrunc status=none; truncate -s 5M srv/hole
        head -c 300000 /dev/zero | tr '\0' z > srv/z; ln -s ../etc/owned srv/link; ln -sfn elsewhere etc/link
        touch -d '2001-02-03 04:05:06.123456789' srv/z; touch -d '1960-05-01 01:02:03.5' srv/old
        : > "$(printf 'srv/n\xff\xfe')"; rm -r opt/becomes-file; echo x > opt/becomes-file; rm opt/becomes-folder; mkdir -p opt/becomes-folder/below
        rm opt/linked-b; echo other > opt/linked-b; rm -r empty/*
        """;

    /// <summary>A base image that <see cref="Much"/> has something to change in.</summary>
    public static TestImage Base => new TestImage
    {
        Run = new JsonObject { ["Env"] = new JsonArray("PATH=/bin"), ["Cmd"] = new JsonArray("sh"), ["X-Unknown"] = 1 },
    }
        .Add(new TarAuthor().Directory("etc").File("etc/owned", TestImage.Noise(2000, 1)).File("etc/mode", "m").File("etc/deleted", "d")
            .Symlink("etc/link", "owned")
            .Directory("usr").File("usr/big", TestImage.Noise(3_000_000, 2)).Directory("usr/gone").File("usr/gone/a", "1").File("usr/gone/b", "2").End())
        .Add(new TarAuthor().Directory("srv").Directory("opt").Directory("opt/becomes-file").File("opt/becomes-file/x").File("opt/becomes-folder", "f")
            .File("opt/linked-a", "linked").HardLink("opt/linked-b", "opt/linked-a").Directory("empty").File("empty/a").File("empty/b").End());
}
