namespace Loam.Files;

/// <summary>Where everything stands under the state folder.</summary>
/// <param name="Root">The state folder: <c>~/.loam</c>, <c>$LOAM_HOME</c> or <c>--state-dir</c>.</param>
internal sealed record StatePaths(string Root)
{
    public string Images { get; } = Path.Combine(Root, "images");

    /// <summary>Credentials of registries, mode 0600.</summary>
    public string Credentials => Path.Combine(Root, "auth.json");

    /// <summary>The user's settings; never written.</summary>
    public string Configuration => Path.Combine(Root, "config.json");

    /// <summary>The OCI image layout that other tools can read.</summary>
    public string Layout => Path.Combine(Images, "oci");

    public string LayoutMarker => Path.Combine(Layout, "oci-layout");

    public string Index => Path.Combine(Layout, "index.json");

    /// <summary>Everything that is being made, and the locks of the processes that make it. What no lock owns is garbage.</summary>
    public string StagingFolder => Path.Combine(Images, "ingest");

    /// <summary>Held shared by all who read or add, exclusive by those who free.</summary>
    public string StoreLock => Path.Combine(Images, "store.lock");

    /// <summary>Held for a moment by all who want the store's lock, and for as long as they wait by those who want it
    /// alone, so that those get their turn however many others come.</summary>
    public string StoreGate => Path.Combine(Images, "store.gate");

    /// <summary>Where repair puts what is damaged.</summary>
    public string Quarantine => Path.Combine(Images, "quarantine");

    /// <summary>One folder for each workspace.</summary>
    public string Workspaces => Path.Combine(Root, "workspaces");

    public string Blobs(string algorithm) => Path.Combine(Layout, "blobs", algorithm);

    public string Blob(Digest digest) => Path.Combine(Blobs(digest.Algorithm), digest.Hex);

    public string Disk(string folderName) => Path.Combine(Images, folderName);

    /// <summary>The name a thing has in <see cref="StagingFolder"/> while it is being made.</summary>
    public static string Stem(Digest digest) => $"{digest.Algorithm}-{digest.Hex}";

    /// <summary>The user's default state folder.</summary>
    public static string DefaultRoot() =>
        Environment.GetEnvironmentVariable("LOAM_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".loam");
}
