using System.Text;
using Loam;
using Loam.Machines;

namespace BootFixture;

/// <summary>An image in a running microVM: booted once for all tests of a class, halted and deleted afterwards.</summary>
public sealed class BootedImage : IAsyncLifetime
{
    private readonly LoamClient _loam;
    private readonly WorkspaceStore _workspaces;
    private readonly WorkspaceRunner _runner;
    private Workspace? _workspace;

    public BootedImage()
    {
        _loam = LoamClient.Open();
        _workspaces = new WorkspaceStore(_loam.Store);
        _runner = new WorkspaceRunner(_workspaces);
    }

    /// <summary>The image to boot.</summary>
    public static string Image => Environment.GetEnvironmentVariable("BOOT_IMAGE") ?? "docker.io/library/alpine";

    /// <summary>The machine's disk, a copy that the tests may change.</summary>
    public Workspace Workspace => _workspace ?? throw new InvalidOperationException("the machine was not booted");

    public async ValueTask InitializeAsync()
    {
        var pulled = await _loam.PullAsync(Image);
        var created = await _workspaces.CreateAsync(WorkspaceName.Generate(), pulled.Image);
        _workspace = created.Workspace;
        await _runner.StartDetachedAsync(_workspace);
    }

    /// <summary>Runs a program in the machine, with the image's user, folder and environment.</summary>
    public async Task<GuestResult> RunAsync(params string[] command)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var streams = new GuestStreams(Input: null, output, error);
        var program = Workspace.Record.ProgramOf(command);
        var exitCode = await _runner.ExecuteAsync(Workspace, program, new GuestConversation(streams), TestContext.Current.CancellationToken);
        return new GuestResult(exitCode, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    public async ValueTask DisposeAsync()
    {
        if (_workspace is not null)
        {
            if (_workspace.InUse)
            {
                await _runner.KillAsync(_workspace);
            }

            await _workspaces.DeleteAsync(_workspace);
        }

        _loam.Dispose();
    }
}

/// <summary>How a program in the machine ended, and what it printed.</summary>
public sealed record GuestResult(int ExitCode, string Output, string Error);
