using System.Text.Json;
using Loam.Files;

namespace Loam.Machines.Machine;

/// <summary>A workspace's <c>run.json</c>.</summary>
internal readonly record struct RunRecordFile(string Folder)
{
    private string Path => System.IO.Path.Combine(Folder, "run.json");

    public RunRecord? Read()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path), MachineJson.Default.RunRecord);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    public void Write(RunRecord record) =>
        AtomicFile.Write(Path + ".tmp", Path, JsonSerializer.SerializeToUtf8Bytes(record, MachineJson.Default.RunRecord));

    public void Clear() => File.Delete(Path);
}
