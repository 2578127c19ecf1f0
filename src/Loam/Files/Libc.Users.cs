using System.Runtime.InteropServices;

namespace Loam.Files;

/// <content>Who runs this process.</content>
internal static partial class Libc
{
    /// <summary>The user this process acts as (geteuid(2)).</summary>
    public static uint EffectiveUser() => GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();
}
