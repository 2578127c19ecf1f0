namespace Loam.Credentials;

/// <summary>Files that hold secrets.</summary>
internal static class SecretFile
{
    private const UnixFileMode ReadableByOthers = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Reads a file whole; pipes and devices too, so nothing is believed about its length.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="LoamException"><see cref="ErrorCodes.CredentialsUnreadable"/>;
    /// <see cref="ErrorCodes.CredentialsInvalid"/> if it is longer than <paramref name="cap"/>.</exception>
    public static byte[]? ReadBytes(string path, int cap)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var content = new MemoryStream();
            var buffer = new byte[16 << 10];
            int read;
            while ((read = file.Read(buffer)) > 0)
            {
                if (content.Length + read > cap)
                {
                    throw new LoamException(ErrorCodes.CredentialsInvalid, $"{path} has more than {cap} bytes");
                }

                content.Write(buffer, 0, read);
            }

            return content.ToArray();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (IoFailure.Is(e))
        {
            throw new LoamException(ErrorCodes.CredentialsUnreadable, $"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A warning, where others than the owner may read a file.</summary>
    public static string? WarningOf(string path)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(path))
        {
            return null;
        }

        var mode = File.GetUnixFileMode(path);
        return (mode & ReadableByOthers) == UnixFileMode.None || File.GetAttributes(path).HasFlag(FileAttributes.Device)
            ? null
            : $"{path} can be read by others (mode {Convert.ToString((int)mode, 8).PadLeft(4, '0')}); run `chmod 600 {path}`";
    }
}
