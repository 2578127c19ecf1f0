using Loam.Filesystems.Tree;

namespace Loam.Filesystems.Ext4.Layout;

/// <summary>A device's number in place of an inode's map of blocks (kernel, <c>fs/ext4/inode.c</c>): small ones in the old form
/// in the first word, others in the new form in the second (<c>include/linux/kdev_t.h</c>).</summary>
internal static class InodeDevice
{
    private const int OldForm = 0; // i_block[0]: old_encode_dev
    private const int NewForm = 4; // i_block[1]: new_encode_dev

    /// <summary>Writes a device's number over zeros.</summary>
    public static void Put(Span<byte> root, uint major, uint minor)
    {
        if (major <= byte.MaxValue && minor <= byte.MaxValue)
        {
            root.PutLe32(OldForm, (major << 8) | minor);
        }
        else
        {
            root.PutLe32(NewForm, DeviceNumber.Encode(major, minor));
        }
    }

    /// <summary>Reads a device's number.</summary>
    public static (uint Major, uint Minor) Get(ReadOnlySpan<byte> root) =>
        root.Le32(OldForm) is not 0 and var old ? ((old >> 8) & byte.MaxValue, old & byte.MaxValue) : DeviceNumber.Decode(root.Le32(NewForm));
}
