using System.Text.Json;
using Loam.Files;

namespace Loam.Machines.Machine;

/// <summary>A workspace's <c>run.json</c>.</summary>
internal readonly record struct RunRecordFile(string Folder, StableStorage Storage)
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
        AtomicFile.Write(Path, JsonSerializer.SerializeToUtf8Bytes(record, MachineJson.Default.RunRecord), Storage);

    public void Clear() => Storage.Remove(Path);
}
