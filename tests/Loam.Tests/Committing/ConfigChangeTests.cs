using System.Text.Json.Nodes;
using Loam.Committing;

namespace Loam.Tests;

public sealed class ConfigChangeTests
{
    [Theory]
    [InlineData("ENV A=1 B=\"two words\" C='it''s' D=a\\ b", """{"Env":["PATH=/bin","A=1","B=two words","C=its","D=a b"]}""")]
    [InlineData("env PATH=/usr/bin", """{"Env":["PATH=/usr/bin"]}""")]
    [InlineData("ENV A some words", """{"Env":["PATH=/bin","A=some words"]}""")]
    [InlineData("CMD [\"a\", \"b c\"]", """{"Env":["PATH=/bin"],"Cmd":["a","b c"]}""")]
    [InlineData("CMD echo hello", """{"Env":["PATH=/bin"],"Cmd":["/bin/sh","-c","echo hello"]}""")]
    [InlineData("ENTRYPOINT []", """{"Env":["PATH=/bin"],"Entrypoint":[]}""")]
    [InlineData("USER 1000:100", """{"Env":["PATH=/bin"],"User":"1000:100"}""")]
    [InlineData("WORKDIR /a/./b/../c", """{"Env":["PATH=/bin"],"WorkingDir":"/a/c"}""")]
    [InlineData("LABEL a=b c.d=\"e f\"", """{"Env":["PATH=/bin"],"Labels":{"a":"b","c.d":"e f"}}""")]
    [InlineData("EXPOSE 80 53/udp", """{"Env":["PATH=/bin"],"ExposedPorts":{"80/tcp":{},"53/udp":{}}}""")]
    [InlineData("VOLUME /data", """{"Env":["PATH=/bin"],"Volumes":{"/data":{}}}""")]
    [InlineData("STOPSIGNAL SIGINT", """{"Env":["PATH=/bin"],"StopSignal":"SIGINT"}""")]
    public void Changes_are_read_as_in_a_Dockerfile(string change, string expected)
    {
        var run = new JsonObject { ["Env"] = new JsonArray("PATH=/bin") };
        ConfigChange.Parse(change).ApplyTo(run);
        Assert.Equal(expected, run.ToJsonString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("ENV")]
    [InlineData("ENV A")]
    [InlineData("ENV =b")]
    [InlineData("ENV A=\"b")]
    [InlineData("CMD [1]")]
    [InlineData("CMD [\"a\"")]
    [InlineData("USER a b")]
    [InlineData("EXPOSE http")]
    [InlineData("EXPOSE 0")]
    [InlineData("EXPOSE 65536")]
    [InlineData("EXPOSE 80/smtp")]
    [InlineData("COPY a b")]
    public void What_is_none_is_refused(string change) => Assert.Equal(
        ErrorCodes.ConfigChangeInvalid, Assert.Throws<LoamException>(() => ConfigChange.Parse(change).ApplyTo([])).Code);

    [Fact]
    public void A_relative_folder_is_below_the_present_one()
    {
        var run = new JsonObject { ["WorkingDir"] = "/srv" };
        ConfigChange.Parse("WORKDIR app").ApplyTo(run);
        Assert.Equal("/srv/app", (string)run["WorkingDir"]!);
    }
}
