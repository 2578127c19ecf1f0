namespace Loam;

/// <summary>How a blob came to be in a repository.</summary>
public enum UploadOutcome
{
    /// <summary>It was there.</summary>
    Present,

    /// <summary>The registry took it over from another of its repositories.</summary>
    Mounted,

    /// <summary>Its bytes were sent.</summary>
    Uploaded,
}
