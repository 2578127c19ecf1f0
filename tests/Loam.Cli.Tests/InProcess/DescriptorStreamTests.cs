using System.IO.Pipes;
using Loam.Cli.Output;

namespace Loam.Cli.Tests.InProcess;

/// <summary>The standard streams as file descriptors.</summary>
public sealed class DescriptorStreamTests
{
    [Fact]
    public void Bytes_go_through_and_an_end_is_an_end()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using var reading = new DescriptorStream((int)pipe.ClientSafePipeHandle.DangerousGetHandle());
        using (var writing = new DescriptorStream((int)pipe.SafePipeHandle.DangerousGetHandle()))
        {
            writing.Write("one two"u8);
        }

        pipe.SafePipeHandle.Dispose();
        var buffer = new byte[100];
        Assert.Equal(4, reading.Read(buffer, 1, 4));
        Assert.Equal("one "u8.ToArray(), buffer[1..5]);
        Assert.Equal(3, reading.Read(buffer));
        Assert.Equal(0, reading.Read(buffer));
    }

    [Fact]
    public void A_reader_that_has_gone_is_a_failure_that_names_the_stream()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        pipe.ClientSafePipeHandle.Dispose();
        using var writing = new DescriptorStream((int)pipe.SafePipeHandle.DangerousGetHandle());
        Assert.Equal("stderr: Broken pipe", Assert.Throws<IOException>(() => writing.Write("x"u8)).Message);
        Assert.Throws<IOException>(() => writing.Read(new byte[1]));
    }

    [Fact]
    public void Only_stdin_is_read_and_nothing_is_sought()
    {
        Assert.Equal((true, false), (DescriptorStream.Input.CanRead, DescriptorStream.Input.CanWrite));
        Assert.Equal((false, true), (DescriptorStream.Output.CanRead, DescriptorStream.Output.CanWrite));
        Assert.Equal((false, true, false), (DescriptorStream.Error.CanRead, DescriptorStream.Error.CanWrite, DescriptorStream.Error.CanSeek));
    }
}
