using System.CommandLine;
using Loam.Cli.Options;
using Loam.Machines;
using Loam.TestKit;

namespace Loam.Cli.Tests.InProcess;

/// <summary>What the groups of options give to the library.</summary>
public sealed class OptionGroupTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static ParseResult Parse(IOptionGroup group, string line)
    {
        var command = new RootCommand { group };
        var parsed = command.Parse(Samples.Words(line));
        Assert.Empty(parsed.Errors);
        return parsed;
    }

    [Fact]
    public void Machines()
    {
        var machine = new MachineOptions();
        var usual = machine.Read(Parse(machine, ""));
        Assert.Equal((WorkspaceOptions.DefaultMemoryMib, 1, 0, null), (usual.MemoryMib, usual.Cpus, usual.Env.Count, usual.Kernel));
        var other = machine.Read(Parse(machine, "-m 64 --cpus 255 -e A=1 --env B= --kernel /boot/k"));
        Assert.Equal((64, 255, "A=1 B=", "/boot/k"), (other.MemoryMib, other.Cpus, string.Join(' ', other.Env), other.Kernel));
    }

    [Fact]
    public void Disks()
    {
        File.WriteAllText(_folder["init"], "#!/bin/sh\n");
        var disk = new DiskLayoutOptions("--start");
        var usual = disk.Read(Parse(disk, ""));
        Assert.Equal((null, null, null), (usual.SizeMib, usual.Mke2fs, usual.GuestInit));
        var other = disk.Read(Parse(disk, $"--size-mib 8000000 --mke2fs mke2fs --start {_folder["init"]}"));
        Assert.Equal((8_000_000, Path.GetFullPath("mke2fs")), (other.SizeMib, other.Mke2fs));
        Assert.NotNull(other.GuestInit);
    }

    [Fact]
    public void Pulls()
    {
        var pull = new ImagePullOptions(new GlobalOptions());
        var usual = pull.Read(Parse(pull, ""));
        Assert.Equal((Platform.Host, 4, false), (usual.Platform, usual.Jobs, usual.Force));
        var other = pull.Read(Parse(pull, "--os windows --arch arm/v7 -j 64 --size-mib 9"));
        Assert.Equal(("windows/arm/v7", 64, 9), (other.Platform.ToString(), other.Jobs, other.Disk.SizeMib));
    }

    [Fact]
    public void Registries()
    {
        using var authority = new PrivateAuthority();
        var access = new RegistryAccessOptions(new GlobalOptions());
        var configuration = LoamConfiguration.Load(_folder["state"]);
        var usual = access.Read(Parse(access, ""), configuration);
        Assert.Equal((false, null, null), (usual.Insecure, usual.CaCertificates, usual.ClientCertificate));
        var other = access.Read(Parse(access, $"--insecure --ca-certs {authority.Authority}"), configuration);
        Assert.True(other.Insecure);
        Assert.Single(other.CaCertificates!);
        var client = access.Read(Parse(access, $"--cert {authority.ClientCertificate} --key {authority.ClientKey}"), configuration);
        Assert.True(client.ClientCertificate!.HasPrivateKey);
    }

    [Fact]
    public void Platforms_of_stored_images()
    {
        var option = new PlatformOption();
        Assert.Null(option.Read(new RootCommand { option }.Parse("")));
        Assert.Equal("linux/arm64", option.Read(new RootCommand { option }.Parse("--platform linux/arm64"))!.ToString());
    }

    [Fact]
    public void Paths_on_disks()
    {
        Assert.Equal("/etc/motd", DiskArgument.ParsePath("/etc/motd").ToString());
        Assert.Equal(ErrorCodes.DiskPathInvalid, Assert.Throws<LoamException>(() => DiskArgument.ParsePath("../..")).Code);
    }
}
