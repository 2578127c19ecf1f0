using System.Globalization;
using System.Text;
using Loam.Filesystems;
using Loam.Layers;
using Loam.TestKit;

namespace Loam.Tests;

/// <summary>The fields and records of tar archives, one by one.</summary>
public sealed class TarFormatTests
{
    [Theory]
    [InlineData("0000644\0", 0x1A4)]
    [InlineData("644 \0\0\0\0", 0x1A4)]
    [InlineData("   644 \0", 0x1A4)]
    [InlineData("\0\0\0\0\0\0\0\0", 0)]
    [InlineData("77777777", 0xFFFFFF)]
    public void Octal_fields_are_read(string field, long value) =>
        Assert.Equal(value, TarNumbers.ReadField(Encoding.Latin1.GetBytes(field), "x"));

    [Theory]
    [InlineData("800000000000000001", 1)]
    [InlineData("80000000FFFFFFFF", 0xFFFFFFFFL)]
    [InlineData("FFFFFFFFFFFFFFFF", -1)]
    [InlineData("FFFFFFFFFFFFFF00", -256)]
    [InlineData("807FFFFFFFFFFFFFFF", long.MaxValue)]
    [InlineData("FF8000000000000000", long.MinValue)]
    public void Base_256_fields_are_read(string field, long value) => Assert.Equal(value, TarNumbers.ReadField(Convert.FromHexString(field), "x"));

    [Theory]
    [InlineData("00000008")]
    [InlineData("12 34\0\0\0")]
    [InlineData("abc")]
    [InlineData("0777777777777777777777777")]
    [InlineData("-1")]
    public void What_is_not_octal_is_refused(string field) =>
        Assert.Equal(TarError.Damaged, Assert.Throws<TarException>(() => TarNumbers.ReadField(Encoding.Latin1.GetBytes(field), "x")).Error);

    [Theory]
    [InlineData("81000000000000000000")]
    [InlineData("80800000000000000000")]
    [InlineData("FEFFFFFFFFFFFFFFFFFF")]
    public void What_does_not_fit_64_bits_is_refused(string field) =>
        Assert.Throws<TarException>(() => TarNumbers.ReadField(Convert.FromHexString(field), "x"));

    [Theory]
    [InlineData("0", 0, 0)]
    [InlineData("1.5", 1, 500_000_000)]
    [InlineData("1.000000001", 1, 1)]
    [InlineData("1.0000000019", 1, 1)]
    [InlineData("-1", -1, 0)]
    [InlineData("-0.25", -1, 750_000_000)]
    [InlineData("-1.999999999", -2, 1)]
    [InlineData("7.", 7, 0)]
    [InlineData("999999999999999999", 999_999_999_999_999_999, 0)]
    public void Times_are_read_and_written_as_pax_states_them(string text, long seconds, uint nanoseconds)
    {
        var time = new Timestamp(seconds, nanoseconds);
        Assert.Equal(time, TarNumbers.ReadTime(Encoding.ASCII.GetBytes(text), "mtime"));
        Assert.Equal(time, TarNumbers.ReadTime(TarNumbers.FormatTime(time), "mtime"));
        Assert.Equal(text.TrimEnd('.').Replace("0000000019", "000000001", StringComparison.Ordinal), Encoding.ASCII.GetString(TarNumbers.FormatTime(time)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".5")]
    [InlineData("1.x")]
    [InlineData("1e3")]
    [InlineData("+1")]
    [InlineData("1000000000000000000")]
    public void What_is_no_time_is_refused(string text) => Assert.Throws<TarException>(() => TarNumbers.ReadTime(Encoding.ASCII.GetBytes(text), "mtime"));

    [Theory]
    [InlineData(0, true)]
    [InlineData(uint.MaxValue, true)]
    [InlineData(uint.MaxValue + 1L, false)]
    [InlineData(-1, false)]
    public void Owners_have_32_bits(long value, bool fits)
    {
        if (fits)
        {
            Assert.Equal((uint)value, TarNumbers.ToId(value, "uid"));
            return;
        }

        Assert.Throws<TarException>(() => TarNumbers.ToId(value, "uid"));
    }

    [Fact]
    public void Pax_records_override_the_header_and_later_ones_earlier_ones()
    {
        var entry = Assert.Single(Read(new TarAuthor().Raw(Pax(
            "path=long/name", "size=3", "uid=3000000000", "gid=4", "mtime=5.25", "linkpath=t", "mtime=6.5", "SCHILY.xattr.user.a=b=c\n", "unknown=x"))
            .Raw(Header("short", 3, "0", "abc")).End()));
        Assert.Equal("long/name", Encoding.ASCII.GetString(entry.Path));
        Assert.Equal((3000000000u, 4u, new Timestamp(6, 500_000_000), 3L), (entry.Uid, entry.Gid, entry.Modified, entry.Size));
        var attribute = Assert.Single(entry.XAttrs);
        Assert.Equal(("user.a", "b=c\n"), (attribute.Name, Encoding.ASCII.GetString(attribute.Value.Span)));
    }

    [Fact]
    public void A_size_that_only_a_record_has_room_for_is_the_content_s()
    {
        var entries = Read(
            new TarAuthor().Raw(Pax("size=5")).Raw(Header("large", 0, "0")).Raw([.. "abcde"u8, .. new byte[507]]).Raw(Header("next", 0, "0")).End());
        Assert.Equal([("large", 5L), ("next", 0L)], entries.Select(entry => (Encoding.ASCII.GetString(entry.Path), entry.Size)));
    }

    [Fact]
    public void Global_records_hold_until_they_are_taken_back_and_own_ones_for_one_entry()
    {
        var entries = Read(new TarAuthor()
            .Raw(Pax('g', "uid=7", "gid=8")).Raw(Header("a", 0, "0"))
            .Raw(Pax("uid=9", "gid=")).Raw(Header("b", 0, "0"))
            .Raw(Header("c", 0, "0"))
            .Raw(Pax('g', "uid=")).Raw(Header("d", 0, "0")).End());
        Assert.Equal([(7u, 8u), (9u, 1u), (7u, 8u), (1u, 8u)], entries.Select(entry => (entry.Uid, entry.Gid)));
    }

    [Fact]
    public void Long_names_of_gnu_tar_hold_for_the_next_entry()
    {
        var (path, target) = (new string('p', 300), new string('t', 200));
        var entries = Read(new TarAuthor()
            .Raw(Header("././@LongLink", target.Length + 1, "K", target + "\0")).Raw(Header("././@LongLink", path.Length + 1, "L", path + "\0"))
            .Raw(Header("p", 0, "2", link: "t")).Raw(Header("next", 0, "0")).End());
        Assert.Equal([path, "next"], entries.Select(entry => Encoding.ASCII.GetString(entry.Path)));
        Assert.Equal([target, ""], entries.Select(entry => Encoding.ASCII.GetString(entry.LinkTarget)));
    }

    [Fact]
    public void The_prefix_of_a_name_is_of_ustar_alone()
    {
        var ustar = Header("name", 0, "0");
        "some/prefix"u8.CopyTo(ustar.AsSpan(345));
        var gnu = ustar.ToArray();
        "ustar  \0"u8.CopyTo(gnu.AsSpan(257));
        var names = Read(new TarAuthor().Raw(Seal(ustar)).Raw(Seal(gnu)).End()).Select(entry => Encoding.ASCII.GetString(entry.Path));
        Assert.Equal(["some/prefix/name", "name"], names);
    }

    [Theory]
    [InlineData("\0", "d/", TarType.Directory)]
    [InlineData("\0", "f", TarType.RegularFile)]
    [InlineData("0", "f", TarType.RegularFile)]
    [InlineData("7", "f", TarType.RegularFile)]
    [InlineData("1", "f", TarType.HardLink)]
    [InlineData("2", "f", TarType.SymbolicLink)]
    [InlineData("3", "f", TarType.CharacterDevice)]
    [InlineData("4", "f", TarType.BlockDevice)]
    [InlineData("5", "f", TarType.Directory)]
    [InlineData("6", "f", TarType.Fifo)]
    public void Flags_are_types(string flag, string name, object type) =>
        Assert.Equal((TarType)type, Assert.Single(Read(new TarAuthor().Raw(Header(name, 0, flag)).End())).Type);

    [Theory]
    [InlineData("8")]
    [InlineData("V")]
    [InlineData("M")]
    public void Flags_that_are_not_known_are_refused(string flag) =>
        Assert.Throws<TarException>(() => Read(new TarAuthor().Raw(Header("f", 0, flag)).End()));

    [Fact]
    public void Only_regular_files_have_content()
    {
        // A link may state the size of what it leads to; nothing of it is stored.
        var entries = Read(new TarAuthor().Raw(Header("l", 700, "1", link: "x")).Raw(Header("d", 700, "5")).Raw(Header("f", 2, "0", "ab")).End());
        Assert.Equal([0L, 0, 2], entries.Select(entry => entry.Size));
    }

    [Theory]
    [InlineData("no length")]
    [InlineData("0 a=b\n")]
    [InlineData("5 a=b\n")]
    [InlineData("7 a=b\n")]
    [InlineData("6 a=bX")]
    [InlineData("5 ab\n")]
    [InlineData("5 =b\n")]
    [InlineData("99999999999 a=b\n")]
    [InlineData("19 GNU.sparse.map=\n")]
    [InlineData("21 GNU.sparse.map=1\n\n")]
    [InlineData("25 GNU.sparse.numbytes=1\n")]
    public void Records_that_are_wrong_are_refused(string records) =>
        Assert.Throws<TarException>(() => new PaxRecords().Read(Encoding.ASCII.GetBytes(records), new LayerLimits()));

    [Fact]
    public void Maps_of_every_form_are_read_within_the_limit()
    {
        var limits = new LayerLimits { MaximumSparseRanges = 2 };
        var pax = new PaxRecords();
        pax.Read(Record("GNU.sparse.map=0,1,5,2"), limits);
        Assert.Equal([new SparseRange(0, 1), new SparseRange(5, 2)], pax.SparseRanges);
        Assert.Equal(TarError.LimitExceeded, Assert.Throws<TarException>(() => pax.Read(Record("GNU.sparse.map=0,1,5,2,9,1"), limits)).Error);
        pax.Read([.. Record("GNU.sparse.offset=3"), .. Record("GNU.sparse.numbytes=4")], limits);
        Assert.Equal([new SparseRange(3, 4)], pax.SparseRanges);
    }

    [Theory]
    [InlineData("0+2 4+3", 7, 5, true)]
    [InlineData("", 7, 0, true)]
    [InlineData("7+0", 7, 0, true)]
    [InlineData("0+2 4+4", 7, 6, false)]
    [InlineData("0+5 4+3", 7, 8, false)]
    [InlineData("4+3 0+2", 7, 5, false)]
    [InlineData("0+2 4+3", 7, 6, false)]
    [InlineData("8+0", 7, 0, false)]
    public void A_map_stores_what_is_stored_in_order_and_within_the_file(string map, long size, long stored, bool holds)
    {
        var ranges = map.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(range => range.Split('+'))
            .Select(pair => new SparseRange(long.Parse(pair[0], CultureInfo.InvariantCulture), long.Parse(pair[1], CultureInfo.InvariantCulture))).ToList();
        if (holds)
        {
            Assert.Same(ranges, SparseMap.Check(ranges, size, stored));
            return;
        }

        Assert.Throws<TarException>(() => SparseMap.Check(ranges, size, stored));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20)]
    public void An_archive_may_end_with_any_number_of_zero_blocks(int blocks)
    {
        var archive = new TarAuthor().File("a", "1").End();
        Assert.Single(Read([.. archive[..^1024], .. new byte[blocks * 512]]));
    }

    [Fact]
    public void What_stands_where_an_archive_ends_is_refused()
    {
        var archive = new TarAuthor().File("a", "1").End()[..^1024];
        var other = new TarAuthor().File("b", "2").End();
        Assert.Throws<TarException>(() => Read([.. archive, .. new byte[512], .. other]));
        Assert.Throws<TarException>(() => Read([.. archive, .. new byte[1024], .. other]));
        Assert.Throws<TarException>(() => Read([.. archive, .. new byte[5000], 1]));
        Assert.Throws<TarException>(() => Read([.. archive, 0]));
        Assert.Throws<TarException>(() => Read([.. archive, .. Pax("path=x"), .. new byte[1024]]));
        Assert.Throws<TarException>(() => Read(archive[..600]));
    }

    [Fact]
    public void A_header_is_believed_only_with_its_checksum_signed_or_not()
    {
        var header = Header("caf\u00E9", 0, "0");
        var signed = header.Select((b, i) => i is >= 148 and < 156 ? ' ' : (int)(sbyte)b).Sum();
        var old = header.ToArray();
        Encoding.ASCII.GetBytes(Convert.ToString(signed, 8).PadLeft(6, '0') + "\0 ").CopyTo(old, 148);
        Assert.Single(Read(new TarAuthor().Raw(old).End()));
        old[0] ^= 1;
        Assert.Throws<TarException>(() => Read(new TarAuthor().Raw(old).End()));
    }

    [Fact]
    public void Headers_beyond_the_limit_are_refused_before_they_are_read()
    {
        var limits = new LayerLimits { MaximumHeaderBytes = 1000 };
        Assert.Single(Read(new TarAuthor().Raw(Pax("comment=" + new string('x', 900))).Raw(Header("a", 0, "0")).End(), limits));
        var error = Assert.Throws<TarException>(() => Read(Header("x", 1001, "x"), limits));
        Assert.Equal(TarError.LimitExceeded, error.Error);
        var negative = Header("f", 0, "0");
        Convert.FromHexString("FFFFFFFFFFFFFFFFFFFFFFFF").CopyTo(negative, 124);
        Assert.Equal(TarError.Damaged, Assert.Throws<TarException>(() => Read(Seal(negative))).Error);
    }

    [Theory]
    [InlineData(99, 0)]
    [InlineData(100, 0)]
    [InlineData(101, 1)]
    [InlineData(300, 1)]
    public void Names_that_do_not_fit_get_a_record(int length, int records)
    {
        var name = new string('n', length);
        var archive = new TarAuthor().File(name, "x").End();
        Assert.Equal(records, Encoding.Latin1.GetString(archive).Split("PaxHeader").Length - 1);
        Assert.Equal(name, Encoding.ASCII.GetString(Assert.Single(Read(archive)).Path));
    }

    [Theory]
    [InlineData(2_097_151u, 0L, 0u, 0)]
    [InlineData(2_097_152u, 0L, 0u, 1)]
    [InlineData(0u, 8_589_934_591L, 0u, 0)]
    [InlineData(0u, 8_589_934_592L, 0u, 1)]
    [InlineData(0u, -1L, 0u, 1)]
    [InlineData(0u, 0L, 1u, 1)]
    public void Numbers_that_do_not_fit_get_a_record(uint owner, long time, uint nanoseconds, int records)
    {
        var archive = new TarAuthor().File("f", "x", uid: owner, gid: owner, time: time, nanoseconds: nanoseconds).End();
        Assert.Equal(records, Encoding.Latin1.GetString(archive).Split("PaxHeader").Length - 1);
        var entry = Assert.Single(Read(archive));
        Assert.Equal((owner, owner, new Timestamp(time, nanoseconds)), (entry.Uid, entry.Gid, entry.Modified));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    public void Content_is_padded_to_whole_blocks(int length)
    {
        var archive = new TarAuthor().File("a", TestImage.Noise(length, 1)).File("b", "end").End();
        Assert.Equal(512 + (length + 511) / 512 * 512 + 1024 + 1024, archive.Length);
        Assert.Equal(["a", "b"], Read(archive).Select(entry => Encoding.ASCII.GetString(entry.Path)));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(88)]
    [InlineData(89)]
    [InlineData(90)]
    [InlineData(985)]
    [InlineData(986)]
    [InlineData(987)]
    public void A_record_counts_its_own_length(int length)
    {
        // Around the lengths at which the number of digits grows.
        var value = TestImage.Noise(length, 2);
        var entry = Assert.Single(Read(new TarAuthor().File("f", xattrs: [new XAttr("a", value)]).End()));
        Assert.Equal(value, Assert.Single(entry.XAttrs).Value.ToArray());
    }

    [Fact]
    public void An_entry_gets_just_its_content()
    {
        var writer = new TarWriter(Stream.Null);
        writer.Write(new TarEntry { Type = TarType.RegularFile, Path = "a"u8.ToArray(), Size = 3 });
        writer.WriteContent("ab"u8);
        Assert.Throws<InvalidOperationException>(() => writer.Write(new TarEntry { Type = TarType.Fifo, Path = "b"u8.ToArray() }));
        Assert.Throws<InvalidOperationException>(() => writer.WriteContent("cd"u8));
        writer.WriteContent("c"u8);
        writer.Write(new TarEntry { Type = TarType.Fifo, Path = "b"u8.ToArray() });
    }

    [Fact]
    public void What_is_written_gnu_tar_lists()
    {
        Tools.Require("tar");
        using var folder = new TemporaryFolder();
        var path = "d/" + new string('n', 150);
        File.WriteAllBytes(folder["t.tar"], new TarAuthor()
            .Directory("d", 0b111_000_000, uid: 5, gid: 6).File(path, new byte[70_000], 0b110_100_100, uid: 3_000_000, time: 4_102_444_800)
            .Symlink("l", new string('t', 120)).HardLink("h", path).Device("c", block: false, 7, 8).Fifo("p").End());
        var list = Tools.Check("tar", "--numeric-owner", "--utc", "-tvf", folder["t.tar"]).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(
            [
                "drwx------ 5/6 0 2023-11-14 22:13 d",
                $"-rw-r--r-- 3000000/0 70000 2100-01-01 00:00 {path}",
                $"lrwxrwxrwx 0/0 0 2023-11-14 22:13 l -> {new string('t', 120)}",
                $"hrw-r--r-- 0/0 0 2023-11-14 22:13 h link to {path}",
                "crw------- 0/6 7,8 2023-11-14 22:13 c",
                "prw-r--r-- 0/0 0 2023-11-14 22:13 p",
            ],
            list);
    }

    private static List<TarEntry> Read(byte[] archive, LayerLimits? limits = null)
    {
        var reader = new TarReader(new MemoryStream(archive), limits ?? new LayerLimits(), long.MaxValue);
        var entries = new List<TarEntry>();
        while (reader.Next() is { } entry)
        {
            entries.Add(entry);
        }

        return entries;
    }

    private static byte[] Record(string text)
    {
        var length = text.Length + 3;
        length += length.ToString(CultureInfo.InvariantCulture).Length - 1;
        return Encoding.Latin1.GetBytes($"{length} {text}\n");
    }

    private static byte[] Pax(params string[] records) => Pax('x', records);

    private static byte[] Pax(char flag, params string[] records)
    {
        var data = string.Concat(records.Select(record => Encoding.Latin1.GetString(Record(record))));
        return Header("pax", data.Length, flag.ToString(), data);
    }

    private static byte[] Header(string name, int size, string flag, string content = "", string link = "")
    {
        var header = new byte[512 + (content.Length + 511) / 512 * 512];
        void Put(int at, string text) => Encoding.Latin1.GetBytes(text).CopyTo(header, at);
        Put(0, name);
        Put(100, "0000644\0");
        Put(108, "0000001\0");
        Put(116, "0000001\0");
        Put(124, Convert.ToString(size, 8).PadLeft(11, '0') + "\0");
        Put(136, "00000000000\0");
        Put(156, flag);
        Put(157, link);
        Put(257, "ustar\000");
        Put(512, content);
        return Seal(header);
    }

    private static byte[] Seal(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        var sum = header.AsSpan(0, 512).ToArray().Sum(b => b);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        return header;
    }
}
