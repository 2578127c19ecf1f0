using Loam.TestKit;

namespace Loam.Machines.Tests.Workspaces;

/// <summary>What a workspace remembers, and what becomes of it.</summary>
public sealed class WorkspaceRecordTests
{
    private static readonly WorkspaceRecord Record = new()
    {
        Name = "w",
        Architecture = "amd64",
        MemoryMib = 384,
        Cpus = 3,
        Env = ["A=mine"],
        Kernel = "/k",
        Setup = ["true"],
        Config = new RunConfig { Env = ["A=image", "B=image"], User = "app", WorkingDir = "/srv" },
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_machine_is_of_the_record_and_only_a_lasting_one_keeps_its_writes(bool throwaway)
    {
        var spec = (Record with { Throwaway = throwaway }).MachineOf("/folder", "/disk");
        Assert.Equal(("w", "/folder", "/disk", !throwaway), (spec.Name, spec.Folder, spec.Disk, spec.KeepsWrites));
        Assert.Equal((384, 3, "amd64", "/k"), (spec.MemoryMib, spec.Cpus, spec.Architecture, spec.Kernel));
    }

    [Fact]
    public void A_program_is_run_as_the_image_says_but_for_the_workspace_s_own_variables()
    {
        var program = Record.ProgramOf(["x"]);
        Assert.Equal(["A=image", "B=image", "A=mine"], program.Env);
        Assert.Equal(("app", "/srv", "w"), (program.User, program.Folder, program.HostName));
        Assert.Contains("'A=mine'", program.Script(), StringComparison.Ordinal);
        var bare = (Record with { Config = new RunConfig { User = "", WorkingDir = "" } }).ProgramOf(["x"]);
        Assert.Equal(("0", "/"), (bare.User, bare.Folder));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("0", true)]
    [InlineData("a.b_c-D", true)]
    [InlineData("", false)]
    [InlineData(".a", false)]
    [InlineData("-a", false)]
    [InlineData("a/b", false)]
    [InlineData("ä", false)]
    public void Names(string name, bool isName) => Assert.Equal(isName, IsName(name));

    [Fact]
    public void A_name_is_as_long_as_a_host_s_name_may_be()
    {
        Assert.True(IsName(new string('x', 63)));
        Assert.False(IsName(new string('x', 64)));
        Assert.True(IsName(WorkspaceName.Generate()));
    }

    private static bool IsName(string name) =>
        Xunit.Record.Exception(() => WorkspaceName.Check(name)) is not LoamException { Code: var code } || code != ErrorCodes.InvalidWorkspaceName;

}
