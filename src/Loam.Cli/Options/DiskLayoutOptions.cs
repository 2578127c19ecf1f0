using System.CommandLine;

namespace Loam.Cli.Options;

/// <summary>How a disk is built.</summary>
/// <param name="initName">What the command calls the option for the guest's init.</param>
internal sealed class DiskLayoutOptions(string initName) : IOptionGroup
{
    private readonly Option<int?> _sizeMib = new("--size-mib")
    {
        Description = "The exact size of the disk (default: the content and a tenth more, with at least 64 MiB free)",
        HelpName = "MiB",
        CustomParser = result => Numbers.Whole(result, 1, Numbers.MaximumDiskMib),
    };

    private readonly Option<FileInfo?> _mke2fs = new("--mke2fs")
    {
        Description = "Create the disk with this mke2fs instead of Loam's own writer",
        HelpName = "path",
    };

    /// <summary>The program that becomes the guest's init.</summary>
    public Option<FileInfo?> GuestInit { get; } = new(initName) { Description = "Install this program as the guest's /sbin/init", HelpName = "path" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _sizeMib, _mke2fs, GuestInit })
        {
            command.Options.Add(option);
        }
    }

    public DiskOptions Read(ParseResult parsed) => new()
    {
        SizeMib = parsed.GetValue(_sizeMib),
        Mke2fs = parsed.GetValue(_mke2fs)?.FullName,
        GuestInit = parsed.GetValue(GuestInit) is { } init ? Loam.GuestInit.FromFile(init.FullName) : null,
    };
}
