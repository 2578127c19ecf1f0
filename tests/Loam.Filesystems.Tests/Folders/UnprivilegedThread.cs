using System.Runtime.InteropServices;
using Loam.TestKit;

namespace Loam.Filesystems.Tests;

/// <summary>Runs something as nobody, on a thread of its own: the kernel keeps users for each thread, only the C library makes
/// them the process's.</summary>
internal static partial class UnprivilegedThread
{
    public const uint Nobody = 65_534;

    public static void Run(Action work)
    {
        Tools.RequireRoot();
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            var (setUser, setGroup) = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? (147, 149) : (117, 119);
            Assert.Equal(0, SystemCall(setGroup, Nobody, Nobody, uint.MaxValue));
            Assert.Equal(0, SystemCall(setUser, uint.MaxValue, Nobody, uint.MaxValue));
            try
            {
                work();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw new InvalidOperationException(failure.ToString(), failure);
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, uint real, uint effective, uint saved);
}
