namespace Loam.Telemetry;

/// <summary>The numbers of the log's events. They stay what they are: users filter by them.</summary>
internal static class EventNumbers
{
    public const int Request = 101;
    public const int MirrorPassedOver = 102;
    public const int Retry = 103;

    public const int OperationStarted = 201;
    public const int OperationEnded = 202;
    public const int OperationFailed = 203;
    public const int OperationCancelled = 204;

    public const int BlobStored = 301;
    public const int DiskBuilt = 302;

    public const int MachineStarted = 401;
    public const int MachineEnded = 402;
}
