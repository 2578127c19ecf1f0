namespace Loam.Filesystems.Ext4.Reading;

/// <summary>What reading a disk may still take; hostile disks can promise much in few bytes.</summary>
internal sealed class ReadBudget(Ext4ReadOptions options)
{
    private long _entries = options.MaximumEntries;
    private long _bytes = options.MaximumMemoryBytes;

    /// <summary>Takes memory, about as much as will be used.</summary>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.LimitExceeded"/>.</exception>
    public void TakeBytes(long bytes)
    {
        _bytes -= bytes;
        if (_bytes < 0)
        {
            throw new FilesystemException(FilesystemError.LimitExceeded, $"the disk's tree takes more than {options.MaximumMemoryBytes} bytes of memory");
        }
    }

    /// <summary>Takes one name.</summary>
    /// <exception cref="FilesystemException"><see cref="FilesystemError.LimitExceeded"/>.</exception>
    public void TakeEntry()
    {
        if (--_entries < 0)
        {
            throw new FilesystemException(FilesystemError.LimitExceeded, $"the disk contains more than {options.MaximumEntries} names");
        }
    }
}
