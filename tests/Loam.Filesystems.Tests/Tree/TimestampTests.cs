namespace Loam.Filesystems.Tests;

public sealed class TimestampTests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0, 0)]
    [InlineData("2001-02-03T04:05:06.7654321+02:00", 981_165_906, 765_432_100)]
    [InlineData("1969-12-31T23:59:59.9999999Z", -1, 999_999_900)]
    [InlineData("1969-12-31T23:59:59Z", -1, 0)]
    [InlineData("0001-01-01T00:00:00Z", -62_135_596_800, 0)]
    [InlineData("9999-12-31T23:59:59.9999999Z", 253_402_300_799, 999_999_900)]
    public void Times_come_from_and_go_to_NET(string text, long seconds, uint nanoseconds)
    {
        var time = DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(new Timestamp(seconds, nanoseconds), Timestamp.FromDateTimeOffset(time));
        Assert.Equal(time, new Timestamp(seconds, nanoseconds).ToDateTimeOffset());
        Assert.Equal(TimeSpan.Zero, new Timestamp(seconds, nanoseconds).ToDateTimeOffset().Offset);
    }

    [Theory]
    [InlineData(253_402_300_800)]
    [InlineData(-62_135_596_801)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Times_beyond_NETs_are_said_so(long seconds)
    {
        Assert.Throws<OverflowException>(() => new Timestamp(seconds, 0).ToDateTimeOffset());
        Assert.False(new Timestamp(seconds, 0).TryToDateTimeOffset(out _));
    }

    [Fact]
    public void Parts_of_a_second_are_less_than_one()
    {
        Assert.Equal(999_999_999u, new Timestamp(1, 999_999_999).Nanoseconds);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Timestamp(1, 1_000_000_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Timestamp(1, 0) with { Nanoseconds = uint.MaxValue });
        Assert.Equal(new DateTimeOffset(1970, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(1), new Timestamp(0, 199).ToDateTimeOffset());
    }

    [Fact]
    public void Times_have_an_order()
    {
        Timestamp[] times = [new(1, 5), new(-1, 9), new(1, 4), Timestamp.Epoch];
        Assert.Equal([new(-1, 9), new(0, 0), new(1, 4), new(1, 5)], times.Order());
    }
}
