using Loam;

// Pulls an image, makes its disk, and prints the disk's path:
//
//     PullWithProgress docker.io/library/alpine
//
// The image and the disk are kept in $LOAM_HOME, or in ~/.loam where that is not set. A second pull finds them there.
if (args is not [var image])
{
    Console.Error.WriteLine("usage: PullWithProgress IMAGE");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

try
{
    using var loam = LoamClient.Open();
    var pulled = await loam.PullAsync(image, progress: new ProgressLines(), cancellationToken: stop.Token);
    Console.WriteLine(pulled.Image.OutputPath);
    return 0;
}
catch (LoamException e)
{
    // Each failure has a code for programs, and a message and a hint for people. docs/errors.md lists the codes.
    Console.Error.WriteLine($"{e.Code}: {e.Message}. {e.Hint}");
    return 1;
}
catch (OperationCanceledException)
{
    // What has arrived stays in the store. The next pull continues there.
    Console.Error.WriteLine("interrupted");
    return 130;
}

/// <summary>Prints a line for each thing that is told. The layers are fetched at the same time, and applied one after the other.</summary>
internal sealed class ProgressLines : IProgress<WorkProgress>
{
    /// <summary>Called from several threads, but never by two at once, and at most eight times a second for each step of a layer.</summary>
    public void Report(WorkProgress value)
    {
        var layer = $"layer {value.Layer + 1} of {value.Layers}";
        var line = value.Phase switch
        {
            WorkPhase.Plan => $"{value.Layers} layers, {value.Total} bytes",
            WorkPhase.Present when value.Layer is not null => $"{layer}: in the store",
            WorkPhase.Download when value.Layer is not null => $"{layer}: fetched {Percent(value)}",
            WorkPhase.Apply => $"{layer}: applied {Percent(value)}",
            WorkPhase.Hash => $"disk: hashed {Percent(value)}",
            WorkPhase.Wait => $"waiting for {value.Wait}",
            _ => null,
        };
        if (line is not null)
        {
            Console.Error.WriteLine(line);
        }
    }

    private static string Percent(WorkProgress value) => $"{(value.Total == 0 ? 100 : 100 * value.Done / value.Total)} %";
}
