namespace Loam.Filesystems.Tree;

/// <summary>A device's number in the 32 bits that Linux and its C libraries pack it into (kernel, <c>include/linux/kdev_t.h</c>,
/// <c>new_encode_dev</c>; makedev(3)).</summary>
internal static class DeviceNumber
{
    public const uint MaximumMajor = 0xFFF;
    public const uint MaximumMinor = 0xF_FFFF;

    private const uint LowMinor = 0xFF;

    public static uint Encode(uint major, uint minor) => (minor & LowMinor) | (major << 8) | ((minor & ~LowMinor) << 12);

    public static (uint Major, uint Minor) Decode(uint number) =>
        ((number >> 8) & MaximumMajor, (number & LowMinor) | ((number >> 12) & (MaximumMinor & ~LowMinor)));
}
