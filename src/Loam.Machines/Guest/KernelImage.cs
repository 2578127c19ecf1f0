using System.Buffers.Binary;
using System.Text;

namespace Loam.Machines.Guest;

/// <summary>A kernel to boot.</summary>
/// <param name="Path">The image.</param>
/// <param name="Release">Its release, which names its folder of modules: <c>6.1.0-56-cloud-amd64</c>.</param>
internal sealed record KernelImage(string Path, string Release)
{
    // Kernel, Documentation/arch/x86/boot.rst: "HdrS" at 0x202, kernel_version at 0x20E.
    private const int MagicOffset = 0x202;
    private const int VersionPointerOffset = 0x20E;
    private const int SetupStart = 0x200;
    private const int HeaderBytes = 64 << 10;
    private const int MaximumReleaseLength = 256;

    /// <summary>The folder of its modules; it need not be there.</summary>
    public string ModulesFolder => System.IO.Path.Combine("/lib/modules", Release);

    /// <summary>Reads what an image says about itself.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.KernelUnusable"/>.</exception>
    public static KernelImage Open(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            var header = new byte[HeaderBytes];
            var length = RandomAccess.Read(file, header, 0);
            return new KernelImage(
                path, ReadRelease(header.AsSpan(0, length)) ?? throw new LoamException(ErrorCodes.KernelUnusable, $"{path} is not a kernel for x86"));
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            throw new LoamException(ErrorCodes.KernelUnusable, $"the kernel {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The newest kernel of this host.</summary>
    /// <returns>Its path; null where there is none.</returns>
    public static string? FindNewest(string folder)
    {
        try
        {
            return Directory.EnumerateFiles(folder, "vmlinuz-*").OrderBy(path => System.IO.Path.GetFileName(path), VersionOrder.Instance).LastOrDefault();
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            return null;
        }
    }

    private static string? ReadRelease(ReadOnlySpan<byte> header)
    {
        if (header.Length < SetupStart * 2 || !header[MagicOffset..].StartsWith("HdrS"u8))
        {
            return null;
        }

        var at = SetupStart + BinaryPrimitives.ReadUInt16LittleEndian(header[VersionPointerOffset..]);
        if (at >= header.Length)
        {
            return null;
        }

        var text = header[at..Math.Min(header.Length, at + MaximumReleaseLength)];
        var end = text.IndexOfAny((byte)' ', (byte)0);
        return end > 0 && !text[..end].Contains((byte)'/') ? Encoding.Latin1.GetString(text[..end]) : null;
    }
}

/// <summary>Orders names with numbers in them as people count: 6.9 before 6.10.</summary>
internal sealed class VersionOrder : IComparer<string>
{
    public static VersionOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        var left = x.AsSpan();
        var right = y.AsSpan();
        while (!left.IsEmpty && !right.IsEmpty)
        {
            var (a, b) = (Digits(left), Digits(right));
            var numbers = a > 0 && b > 0;
            var order = numbers ? CompareNumbers(left[..a], right[..b]) : left[0] - right[0];
            if (order != 0)
            {
                return order;
            }

            left = left[(numbers ? a : 1)..];
            right = right[(numbers ? b : 1)..];
        }

        return left.Length - right.Length;
    }

    private static int CompareNumbers(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        left = left.TrimStart('0');
        right = right.TrimStart('0');
        return left.Length != right.Length ? left.Length - right.Length : left.SequenceCompareTo(right);
    }

    private static int Digits(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('0', '9') is >= 0 and var end ? end : text.Length;
}
