using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>Disks that mke2fs makes and the kernel mounts, writes to and lists.</summary>
internal static class KernelDisk
{
    /// <summary>All that mke2fs has by default is left out; features say everything.</summary>
    public const string Features =
        "has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum";

    public static void Require()
    {
        Tools.RequireRoot();
        Tools.Require("mke2fs", "e2fsck", "debugfs", "mount", "umount", "getfattr", "setfattr", "setfacl", "find", "cp");
    }

    /// <summary>Makes a file system.</summary>
    /// <param name="disk">The file.</param>
    /// <param name="megabytes">Its size.</param>
    /// <param name="arguments">For mke2fs, parted by spaces.</param>
    public static void Make(string disk, int megabytes, string arguments)
    {
        using (var file = File.Create(disk))
        {
            file.SetLength((long)megabytes << 20);
        }

        Tools.Check("mke2fs", ["-q", "-F", "-t", "ext4", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), disk]);
    }

    /// <summary>Mounts a disk, runs a script of bash in it, and calls <paramref name="during"/> before it is unmounted.</summary>
    public static void Change(string disk, string folder, string script, string options = "loop", Action? during = null)
    {
        Directory.CreateDirectory(folder);
        Tools.Check("mount", "-t", "ext4", "-o", options, disk, folder);
        try
        {
            Tools.Check("bash", "-c", $"set -euo pipefail; cd '{folder}'; {script}");
            during?.Invoke();
        }
        finally
        {
            Tools.Check("umount", folder);
        }
    }

    /// <summary>What the kernel shows of a disk; a dirty journal is replayed in a copy.</summary>
    public static SortedDictionary<string, string> List(string disk, string folder, string options = "loop")
    {
        var copy = disk + ".copy";
        Copy(disk, copy);
        Directory.CreateDirectory(folder);
        Tools.Check("mount", "-t", "ext4", "-o", options, copy, folder);
        try
        {
            return TreeListing.Of(folder);
        }
        finally
        {
            Tools.Check("umount", folder);
            File.Delete(copy);
        }
    }

    public static void Copy(string from, string to) => Tools.Check("cp", "--sparse=always", "--reflink=auto", from, to);

    /// <summary>Fails unless reader and kernel see the same in a disk, and reading left the disk as it was.</summary>
    public static void AssertReadsAsMounted(string disk, string folder, string options = "loop")
    {
        var before = Tools.Check("sha256sum", disk);
        var read = TreeDescription.Of(disk);
        Assert.Equal(before, Tools.Check("sha256sum", disk));
        TreeListing.AssertSame(List(disk, folder, options), read);
    }

    /// <summary>Every kind of thing that a guest makes, for a mounted folder.</summary>
    public const string Everything = """
        echo hello > small; head -c 59 /dev/zero | tr '\0' x > inline59
        head -c 61 /dev/zero | tr '\0' y > inline61; head -c 140 /dev/zero | tr '\0' z > inline140
        : > empty
        head -c 300001 /dev/urandom > middle
        head -c 3000000 /dev/urandom > large
        truncate -s 50M hole; printf end | dd of=hole bs=1 seek=40000000 conv=notrunc status=none
        printf a | dd of=hole bs=1 seek=70000 conv=notrunc status=none
        for i in $(seq 0 399); do printf $i | dd of=frag bs=1 seek=$((i*12288)) conv=notrunc status=none; done
        fallocate -l 3M unwritten || truncate -s 3M unwritten; printf middle | dd of=unwritten bs=1 seek=1000000 conv=notrunc status=none
        : > kept; printf x > keptshort; fallocate -n -l 2M kept || true; fallocate -n -l 1M keptshort || true
        mkdir -p dir/sub/sub2 big tiny; touch tiny/a tiny/b
        (cd big && seq -f 'a-name-that-takes-some-room-in-the-block-%05g' 1 1200 | xargs touch); rm -f big/*7 big/*33*
        ln small dir/hard; ln small dir/sub/hard2; ln -s x short; ln -s "$(printf 'y%.0s' $(seq 59))" link59; ln -s "$(printf 'y%.0s' $(seq 60))" link60
        ln -s "$(printf 'y%.0s' $(seq 100))" link100; ln -s "$(printf 'z%.0s' $(seq 1000))" link1000
        mknod null c 1 3; mknod blk b 259 300000; mkfifo pipe; ln null null2
        python3 -c 'import socket; s=socket.socket(socket.AF_UNIX); s.bind("socket")' 2>/dev/null || true
        chown 4294967294:70000 middle; chmod 6755 middle; chmod 1777 dir
        setfattr -n user.short -v value small; setfattr -n user.empty small; setfattr -n trusted.t -v 0x00ff dir
        for i in 1 2 3 4 5; do setfattr -n user.attribute$i -v "$(printf 'v%.0s' $(seq 120))" large; done
        setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 middle
        setfacl -m u:1234:rw,g:55:r small; setfacl -d -m u:99:rwx dir
        cp -a large larger; touch -d '1969-12-31 12:00:00.5 UTC' small; touch -h -d '2001-02-03 04:05:06 UTC' link60
        touch -d '1905-01-01 UTC' empty
        """;
}
