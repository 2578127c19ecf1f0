using Loam.Cli.Commands;
using Loam.Cli.Output;
using Loam.Filesystems;
using Loam.Machines;
using Loam.TestKit;

namespace Loam.Cli.Tests.InProcess;

/// <summary>What was removed, pushed, loaded, saved, committed and measured, and workspaces.</summary>
public sealed class RecordOutputTests
{
    private static readonly RemovalReport Report = new(
        DryRun: false,
        [Samples.Image(), Samples.Image("local/other:2")],
        [
            new FreedItem(FreedKind.Disk, "/disks/app.ext4", 4_000_000, 1_000_000),
            new FreedItem(FreedKind.Blob, "sha256:b1", 300, 4096),
            new FreedItem(FreedKind.Blob, "sha256:b2", 400, 4096),
            new FreedItem(FreedKind.Temporary, "/ingest/x.part", 10, 0),
            new FreedItem(FreedKind.Quarantined, "/quarantine/y", 20, 512),
        ],
        [new KeptItem("local/kept:1", "workspace w uses it")]);

    [Fact]
    public void A_removal_for_people()
    {
        Assert.Equal("delete 2 names, 1 disk, 2 blobs, 2 leftovers (1 MB)", RemovalText.Describe(Report));
        Assert.Equal("delete nothing", RemovalText.Describe(new RemovalReport(true, [], [], [])));
        Assert.Equal("delete 1 name (0 B)", RemovalText.Describe(new RemovalReport(true, [Samples.Image()], [], [])));
        Assert.Equal(
            """
            removed registry.example/team/app:1
            removed local/other:2
            deleted disk /disks/app.ext4 (1 MB)
            deleted blob sha256:b1 (4.1 kB)
            deleted blob sha256:b2 (4.1 kB)
            deleted leftover /ingest/x.part (0 B)
            deleted quarantined /quarantine/y (512 B)
            kept local/kept:1: workspace w uses it
            freed 1 MB

            """.ReplaceLineEndings("\n"),
            Samples.Print(results => RemovalText.Write(Report, results)));
        Assert.Equal(
            "would remove registry.example/team/app:1\nwould delete blob sha256:b1 (4.1 kB)\nwould free 4.1 kB\n",
            Samples.Print(results => RemovalText.Write(new RemovalReport(true, [Samples.Image()], [Report.Freed[1]], []), results)));
        Assert.Equal("", Samples.Print(results => RemovalText.Write(Report, results), quiet: true));
    }

    [Fact]
    public void A_removal_for_programs()
    {
        var json = Samples.Json(RemovalJson.From(Report), CliJson.Indented.RemovalJson);
        Assert.False((bool)json["dry_run"]!);
        Assert.Equal(1_008_704, (int)json["freed_bytes"]!);
        Assert.Equal("""[{"path":"/disks/app.ext4","size_bytes":4000000,"freed_bytes":1000000}]""", json["disks"]!.ToJsonString());
        Assert.Equal("""{"digest":"sha256:b2","size_bytes":400,"freed_bytes":4096}""", json["blobs"]![1]!.ToJsonString());
        Assert.Equal("""[{"path":"/ingest/x.part","size_bytes":10,"freed_bytes":0}]""", json["temporary"]!.ToJsonString());
        Assert.Equal("/quarantine/y", (string)json["quarantined"]![0]!["path"]!);
        Assert.Equal("""[{"name":"local/kept:1","reason":"workspace w uses it"}]""", json["kept"]!.ToJsonString());
        Assert.Equal(
            $$$"""
            {"image_ref":"local/other:2","resolved_ref":"registry.example/team/app@{{{Samples.DigestOf("manifest")}}}",
            "digest":"{{{Samples.DigestOf("manifest")}}}","platform":{"os":"linux","architecture":"arm","variant":"v7"},
            "output_path":"/disks/app.ext4","size_bytes":4000000,"last_used_at":"2026-01-31T12:14:15Z"}
            """.ReplaceLineEndings(""),
            json["removed"]![1]!.ToJsonString());
    }

    [Fact]
    public void Pushed_images_and_disks()
    {
        var (from, to) = (ImageReference.Parse("a.example/x:1"), ImageReference.Parse("b.example/y:2"));
        Assert.Equal(
            $$"""
            {"image_ref":"a.example/x:1","destination_ref":"b.example/y:2","digest":"{{Samples.DigestOf("m")}}",
            "uploaded_blobs":1,"uploaded_bytes":20,"mounted_blobs":3,"present_blobs":4}
            """.ReplaceLineEndings(""),
            Samples.Json(PushedJson.From(new PushedImage(from, to, Samples.DigestOf("m"), 1, 20, 3, 4)), CliJson.Indented.PushedJson).ToJsonString());
        Assert.Equal(
            $$"""
            {"image_ref":"a.example/x:1","destination_ref":"b.example/y@{{Samples.DigestOf("d")}}","sha256":"5ha",
            "chunks":1,"data_bytes":20,"uploaded_chunks":3,"uploaded_bytes":40}
            """.ReplaceLineEndings(""),
            Samples.Json(
                PushedDiskJson.From(new PushedDisk(from, to.WithDigest(Samples.DigestOf("d")), "5ha", 1, 20, 3, 40)),
                CliJson.Indented.PushedDiskJson).ToJsonString());
    }

    [Fact]
    public void Loaded_and_saved_images()
    {
        var with = new LoadedImage([Samples.Image()], 3, Samples.DigestOf("index"), Samples.Disk, UpToDate: true);
        var json = Samples.Json(LoadedJson.From(with, Samples.Image("local/other:2")), CliJson.Indented.LoadedJson);
        Assert.Equal(
            ("local/other:2", Samples.DigestOf("index").ToString(), "/disks/app.ext4", 4_000_000, "5ha", 1_500_000, 1024, 3, true, "something was left out"),
            ((string)json["image_ref"]!, (string)json["index_digest"]!, (string)json["output_path"]!, (int)json["size_bytes"]!, (string)json["sha256"]!,
             (int)json["free_bytes"]!, (int)json["inodes"]!, (int)json["layers"]!, (bool)json["up_to_date"]!, (string)json["warnings"]![0]!));
        var without = Samples.Json(LoadedJson.From(with with { Disk = null, UpToDate = false }, Samples.Image(sizeBytes: 0)), CliJson.Indented.LoadedJson);
        Assert.All(["output_path", "sha256", "free_bytes", "inodes"], field => Assert.Null(without[field]));
        Assert.Equal((0, false, "[]"), ((int)without["size_bytes"]!, (bool)without["up_to_date"]!, without["warnings"]!.ToJsonString()));
        Assert.Equal(
            $$"""
            {"image_ref":"x:1","digest":"{{Samples.DigestOf("m")}}","config_digests":["{{Samples.DigestOf("c")}}"],
            "platforms":[{"os":"linux","architecture":"amd64"}]}
            """.ReplaceLineEndings(""),
            Samples.Json(
                SavedJson.From(new SavedImage("x:1", Samples.DigestOf("m"), [Samples.DigestOf("c")], [Platform.Parse("linux/amd64")])),
                CliJson.Indented.SavedJson).ToJsonString());
    }

    [Fact]
    public void Committed_images()
    {
        Descriptor Blob(string name, long size) => new() { MediaType = $"type/{name}", Digest = Samples.DigestOf(name), Size = size };
        var committed = new CommittedImage(
            Samples.Image(), Samples.DigestOf("config"), [Blob("base", 10), Blob("new", 20)],
            new CommittedLayer(Blob("new", 20), Samples.DigestOf("diff"), 300, 4), ["left out"]);
        var name = ImageReference.Parse("b.example/y:2");
        var json = Samples.Json(
            CommittedJson.From(committed, "research", new PushedImage(name, name, Samples.DigestOf("m"), 1, 20, 3, 4)), CliJson.Indented.CommittedJson);
        Assert.Equal((Samples.DigestOf("config").ToString(), "research", "left out"), (
            (string)json["config_digest"]!, (string)json["workspace"]!, (string)json["warnings"]![0]!));
        Assert.Equal($$"""{"digest":"{{Samples.DigestOf("base")}}","media_type":"type/base","size_bytes":10}""", json["layers"]![0]!.ToJsonString());
        Assert.Equal(
            $$"""
            {"digest":"{{Samples.DigestOf("new")}}","diff_id":"{{Samples.DigestOf("diff")}}","media_type":"type/new",
            "size_bytes":20,"uncompressed_size_bytes":300,"entries":4}
            """.ReplaceLineEndings(""),
            json["layer"]!.ToJsonString());
        Assert.Equal("""{"destination":"b.example/y:2","uploaded":1,"uploaded_bytes":20,"mounted":3,"present":4}""", json["pushed"]!.ToJsonString());
        var alone = Samples.Json(CommittedJson.From(committed with { Layer = null }, null, null), CliJson.Indented.CommittedJson);
        Assert.All(["workspace", "layer", "pushed"], field => Assert.Null(alone[field]));
    }

    [Fact]
    public void Disk_usage()
    {
        static UsageLine Line(int seed) => new(seed, seed * 10, seed * 100, seed * 1000);
        var json = Samples.Json(UsageJson.From(new StoreUsage(9, Line(1), Line(2), Line(3), Line(4), Line(5))), CliJson.Indented.UsageJson);
        Assert.Equal(["images", "blobs", "disks", "unfinished", "quarantined", "workspaces", "total"], json.Select(field => field.Key));
        Assert.Equal([1, 2, 3, 4, 5, 15], json.Skip(1).Select(line => (int)line.Value!["count"]!));
        Assert.Equal("""{"count":4,"size_bytes":40,"disk_bytes":400,"reclaimable_bytes":4000}""", json["quarantined"]!.ToJsonString());
    }

    [Fact]
    public void Workspaces()
    {
        using var folder = new TemporaryFolder();
        var workspace = new Workspace(folder.Path, new WorkspaceRecord
        {
            Name = "research",
            Image = "registry.example/team/app:1",
            ImageDigest = Samples.DigestOf("manifest"),
            Architecture = "amd64",
            MemoryMib = 256,
            Cpus = 2,
            Env = ["A=1"],
            CreatedAt = Samples.Time,
        });
        using (var disk = File.Create(workspace.DiskPath))
        {
            disk.SetLength(8_000_000);
        }

        var stopped = WorkspaceJson.From(workspace, WorkspaceState.Stopped);
        Assert.Equal(("stopped", 8_000_000L, 0L, 256, 2), (stopped.State, stopped.SizeBytes, stopped.StoredBytes, stopped.MemoryMib, stopped.Cpus));
        var running = stopped with { State = "running", Pid = 42, Accelerator = "kvm", StartedAt = "then", Cpus = 1 };
        Assert.Equal(
            $"""
            research
              state    running
              image    registry.example/team/app:1
              digest   {Samples.DigestOf("manifest")}
              disk     {workspace.DiskPath}
              size     8 MB, of which the host stores 0 B
              machine  1 processor, 256 MiB
              created  2026-01-31T12:14:15Z
              running  process 42, kvm, since then
            """.ReplaceLineEndings("\n"),
            WorkspaceText.Describe(running));
        Assert.Contains("machine  2 processors, 256 MiB", WorkspaceText.Describe(stopped), StringComparison.Ordinal);
        Assert.DoesNotContain("image ", WorkspaceText.Describe(stopped with { Image = null }), StringComparison.Ordinal);
        Assert.Equal(
            "NAME      STATE    IMAGE                        SIZE  CREATED\n" +
            "research  running  registry.example/team/app:1  8 MB  2026-01-31T12:14:15Z\n" +
            "research  stopped  -                            8 MB  2026-01-31T12:14:15Z",
            WorkspaceText.Describe([running, stopped with { Image = null }]));
        Assert.Equal("research: halted\n", Samples.Print(results => WorkspaceText.WriteChange(results, workspace, "halted")));
        Assert.Equal("{\n  \"name\": \"research\",\n  \"result\": \"halted\"\n}\n", Samples.Print(
            results => WorkspaceText.WriteChange(results, workspace, "halted"), json: true));
        void Created(Results results) => WorkspaceText.WriteCreated(results, workspace, new DiskCopy(Shared: false, BytesCopied: 2_000));
        Assert.Equal("research\n", Samples.Print(Created, quiet: true));
        Assert.Contains("copied  2 kB\n", Samples.Print(Created), StringComparison.Ordinal);
        Assert.Contains("\"shared_blocks\": false,\n  \"copied_bytes\": 2000", Samples.Print(Created, json: true), StringComparison.Ordinal);
        Assert.Contains(
            "copied  nothing: blocks are shared\n",
            Samples.Print(results => WorkspaceText.WriteCreated(results, workspace, new DiskCopy(Shared: true, BytesCopied: 0))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Findings_of_the_doctor()
    {
        Assert.Equal(["ok", "warning", "failed"], new[] { Finding.Good, Finding.Weak, Finding.Bad }.Select(DoctorCommand.Word));
        Assert.Equal(
            "failed   qemu         is missing\n                      fix: apt install it", DoctorCommand.Line(
                new Diagnosis("qemu", Finding.Bad, "is missing", "apt install it")));
        Assert.Equal("ok       store        fine", DoctorCommand.Line(new Diagnosis("store", Finding.Good, "fine")));
    }
}
