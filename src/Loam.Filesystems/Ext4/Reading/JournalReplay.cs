using Loam.Filesystems.Ext4.Layout;

namespace Loam.Filesystems.Ext4.Reading;

/// <summary>
/// Finds out what a journal would change, as the kernel does when it mounts (journal.rst; <c>fs/jbd2/recovery.c</c>): first
/// how far the log is whole, then what was revoked, then which blocks have newer content. Nothing is written.
/// </summary>
internal sealed class JournalReplay(JournalView journal, long firstBlock, long blocks, CancellationToken cancellationToken)
{
    private readonly byte[] _block = new byte[journal.BlockSize];
    private readonly List<(long Block, uint Sequence)> _descriptors = [];
    private readonly List<(long Block, uint Sequence)> _revokes = [];
    private readonly Dictionary<long, uint> _revoked = [];
    private readonly Dictionary<long, ReplayedBlock> _replayed = [];

    /// <summary>Runs it.</summary>
    /// <returns>For each block with newer content, where that stands.</returns>
    /// <exception cref="FilesystemException">The log is damaged, or contains fast commits.</exception>
    public IReadOnlyDictionary<long, ReplayedBlock> Run()
    {
        if (journal.Start == 0)
        {
            return _replayed;
        }

        var end = Scan();
        foreach (var (block, sequence) in _revokes)
        {
            Revoke(block, sequence);
        }

        foreach (var (block, sequence) in _descriptors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Replay(block, sequence);
        }

        RefuseFastCommits(end);
        return _replayed;
    }

    /// <summary>Walks the log, and keeps the descriptors and revokes of transactions that were committed.</summary>
    /// <returns>The number of the first transaction that was not.</returns>
    private uint Scan()
    {
        var features = journal.Features;
        var sequence = journal.Sequence;
        var (wholeDescriptors, wholeRevokes) = (0, 0);
        var lastTime = 0L;
        var doubtful = false;
        var checksum = uint.MaxValue;
        var left = journal.Last - journal.First;
        for (var at = journal.Start; left > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var here = at;
            journal.Read(here, _block);
            if (JournalHeader.Read(_block) is not { } header || header.Sequence != sequence)
            {
                break;
            }

            (at, left) = (journal.Next(at), left - 1);
            if (header.Type is JournalHeader.DescriptorBlock or JournalHeader.RevokeBlock)
            {
                // Blocks of an older log look like this one's until a commit says otherwise.
                doubtful |= features.HasTails && !JournalTail.IsRight(_block, journal.Seed);
            }

            if (header.Type == JournalHeader.DescriptorBlock)
            {
                var tags = JournalTag.ReadAll(_block, features).Count;
                if (tags > left)
                {
                    break;
                }

                _descriptors.Add((here, sequence));
                checksum = features.HasTransactionChecksums ? AddChecksum(checksum, at, tags) : checksum;
                (at, left) = (journal.Next(at, tags), left - tags);
            }
            else if (header.Type == JournalHeader.RevokeBlock)
            {
                _revokes.Add((here, sequence));
            }
            else if (header.Type == JournalHeader.CommitBlock)
            {
                var time = JournalCommit.TimeOf(_block);
                var right = JournalCommit.IsRight(_block, checksum, journal.Seed, features);
                if (doubtful || !right)
                {
                    if (time >= lastTime && (doubtful || !features.IsAsync))
                    {
                        throw JournalView.Damage($"transaction {sequence} of the journal has a wrong checksum");
                    }

                    break;
                }

                (wholeDescriptors, wholeRevokes, lastTime, checksum) = (_descriptors.Count, _revokes.Count, time, uint.MaxValue);
                sequence++;
            }
            else
            {
                break;
            }
        }

        _descriptors.RemoveRange(wholeDescriptors, _descriptors.Count - wholeDescriptors);
        _revokes.RemoveRange(wholeRevokes, _revokes.Count - wholeRevokes);
        return sequence;
    }

    /// <summary>Adds a descriptor, which was read, and what it announces to a transaction's checksum.</summary>
    private uint AddChecksum(uint checksum, long at, int count)
    {
        checksum = OldChecksums.AddCrc32(checksum, _block);
        for (; count > 0; count--, at = journal.Next(at))
        {
            journal.Read(at, _block);
            checksum = OldChecksums.AddCrc32(checksum, _block);
        }

        return checksum;
    }

    private void Revoke(long block, uint sequence)
    {
        journal.Read(block, _block);
        foreach (var revoked in JournalRevoke.Read(_block, journal.Features) ?? throw JournalView.Damage("a revoke block of the journal has a wrong length"))
        {
            // Sequences rise through the log.
            _revoked[revoked] = sequence;
        }
    }

    private void Replay(long descriptor, uint sequence)
    {
        journal.Read(descriptor, _block);
        var at = journal.Next(descriptor);
        foreach (var tag in JournalTag.ReadAll(_block, journal.Features))
        {
            var place = at;
            at = journal.Next(at);
            if (_revoked.TryGetValue(tag.Target, out var until) && (int)(sequence - until) <= 0)
            {
                continue;
            }

            // With blocks of 1 KiB the boot sector is not the file system's.
            if (tag.Target < firstBlock || tag.Target >= blocks)
            {
                throw JournalView.Damage($"the journal has content for block {tag.Target}, which does not exist");
            }

            journal.Read(place, _block);
            if (!journal.HasRightContent(_block, tag, sequence))
            {
                throw FilesystemException.Damage($"the journal's content for the block has a wrong checksum", Format.JournalInode, tag.Target);
            }

            _replayed[tag.Target] = new ReplayedBlock(journal.PlaceOf(place), tag.Escaped);
        }
    }

    /// <summary>Fast commits stand behind the log and belong to the transaction that would have come next (kernel,
    /// <c>fs/ext4/fast_commit.h</c>).</summary>
    private void RefuseFastCommits(uint next)
    {
        if (journal.FastCommitBlocks < 2)
        {
            return;
        }

        journal.ReadFastCommit(_block);
        if (FastCommitHead.TransactionOf(_block) == next)
        {
            throw new FilesystemException(FilesystemError.UnsupportedFeature, "the journal contains fast commits (fast_commit), which are not replayed");
        }
    }
}
