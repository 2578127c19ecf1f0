using System.Buffers.Binary;
using System.Diagnostics;
using Loam.Files;

namespace Loam.Disks;

/// <summary>Lets an external mke2fs lay a disk out from staged files (mke2fs(8), <c>-d</c>), with nothing left to a clock
/// or to chance.</summary>
internal sealed class Mke2fsProgram(string program, DiskKey key, StableStorage storage)
{
    private const int SuperblockOffset = 1024;
    private const int BlockSize = 4096;

    /// <summary>Makes the disk.</summary>
    /// <exception cref="LoamException"><see cref="ErrorCodes.Mke2fsFailed"/>.</exception>
    public async Task<DiskFacts> RunAsync(string stage, string disk, long sizeBytes, CancellationToken cancellationToken)
    {
        var uuid = key.DeriveUuid("filesystem");
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "-q", "-F", "-t", "ext4", "-b", $"{BlockSize}", "-U", uuid.ToString(), "-d", stage,
                "-E", $"hash_seed={key.DeriveUuid("directory hash")},lazy_itable_init=0,lazy_journal_init=0", disk, $"{sizeBytes / 1024}k",
            },
            Environment = { ["E2FSPROGS_FAKE_TIME"] = "1", ["SOURCE_DATE_EPOCH"] = "1" },
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new LoamException(ErrorCodes.Mke2fsFailed, $"{program} cannot be run: {e.Message}", e);
        }

        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = await process.StandardError.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
            await output.ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            if (process.ExitCode != 0)
            {
                throw new LoamException(ErrorCodes.Mke2fsFailed, $"{program} ended with {process.ExitCode}: {error.ReplaceLineEndings(" ").Trim()}");
            }
        }

        return Describe(disk, uuid);
    }

    private DiskFacts Describe(string disk, Guid uuid)
    {
        storage.Sync(disk);
        using var file = File.OpenHandle(disk);
        var superblock = new byte[1024];
        if (RandomAccess.Read(file, superblock, SuperblockOffset) != superblock.Length)
        {
            throw new LoamException(ErrorCodes.Mke2fsFailed, "mke2fs left no file system");
        }

        long Field(int at) => BinaryPrimitives.ReadUInt32LittleEndian(superblock.AsSpan(at));
        using var content = File.OpenRead(disk);
        var sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));
        return new DiskFacts(
            Path.GetFileName(disk), "ext4", sha256, RandomAccess.GetLength(file), Field(0x0C) * BlockSize, Field(0x00) - Field(0x10), Field(0x10), uuid);
    }
}
