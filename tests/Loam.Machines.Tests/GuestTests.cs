using FsCheck;
using FsCheck.Fluent;
using Loam.Machines;
using Loam.Machines.Guest;
using Loam.TestKit;

namespace Loam.Machines.Tests;

/// <summary>What is prepared for a guest, without a guest.</summary>
public sealed class GuestTests
{
    [Fact]
    public void Kernels_are_ordered_as_people_count() =>
        Assert.Equal(
            ["vmlinuz-6.1.0-9-amd64", "vmlinuz-6.1.0-56-amd64", "vmlinuz-6.1.0-56-cloud", "vmlinuz-6.10.1", "vmlinuz-10.0"],
            new[] { "vmlinuz-10.0", "vmlinuz-6.10.1", "vmlinuz-6.1.0-56-cloud", "vmlinuz-6.1.0-9-amd64", "vmlinuz-6.1.0-56-amd64" }
                .Order(VersionOrder.Instance));

    [Fact]
    public void Hostile_kernels_are_refused()
    {
        using var folder = new TemporaryFolder();
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            var image = new byte[0x400];
            bytes.AsSpan(0, Math.Min(bytes.Length, 0x100)).CopyTo(image.AsSpan(0x206));
            "HdrS"u8.CopyTo(image.AsSpan(0x202));
            File.WriteAllBytes(folder["kernel"], image);
            try
            {
                Assert.DoesNotContain('/', KernelImage.Open(folder["kernel"]).Release);
            }
            catch (LoamException e)
            {
                Assert.Equal(ErrorCodes.KernelUnusable, e.Code);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Modules_come_after_what_they_need()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["modules.builtin"], "kernel/fs/ext4/ext4.ko\n");
        File.WriteAllText(folder["modules.dep"], """
            d/virtio.ko.xz: d/virtio_ring.ko.xz
            d/virtio_ring.ko.xz:
            d/virtio_mmio.ko.xz: d/virtio.ko.xz d/virtio_ring.ko.xz
            d/virtio_blk.ko.xz: d/virtio.ko.xz d/virtio_ring.ko.xz
            d/virtio_console.ko.xz: d/virtio.ko.xz d/virtio_ring.ko.xz

            """);
        Assert.Equal(
            ["virtio_ring", "virtio", "virtio_mmio", "virtio_blk", "virtio_console"],
            KernelModules.Find(folder.Path).Select(path => Path.GetFileName(path)[..^".ko.xz".Length]));
        File.WriteAllText(folder["modules.dep"], "");
        Assert.Equal(ErrorCodes.KernelUnusable, Assert.Throws<LoamException>(() => KernelModules.Find(folder.Path)).Code);
    }

    [Fact]
    public void A_word_reaches_the_guest_s_shell_as_it_is()
    {
        Tools.Require("busybox");
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
        {
            // What is no text has no bytes of its own.
            var word = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text.Get.Replace("\0", "", StringComparison.Ordinal)));
            var result = Tools.Run("busybox", ["sh"], System.Text.Encoding.UTF8.GetBytes($"printf '%s' {GuestProgram.Quote(word)}"), environment: null);
            Assert.Equal(word, result.Output);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_initramfs_is_a_cpio_archive_that_busybox_reads()
    {
        Tools.Require("busybox");
        var output = new MemoryStream();
        var cpio = new CpioWriter(output);
        cpio.AddDirectory("a");
        cpio.AddFile("a/file", "content"u8, executable: true);
        cpio.AddLink("a/link", "file");
        cpio.Finish();
        Assert.Equal(0, output.Length % 512);
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["archive"], output.ToArray());
        Tools.Check("busybox", "sh", "-c", $"cd {folder.Path} && busybox cpio -i <archive");
        Assert.Equal("content", File.ReadAllText(folder["a/link"]));
        Assert.True(File.GetUnixFileMode(folder["a/file"]).HasFlag(UnixFileMode.OtherExecute));
    }
}
