namespace Loam;

/// <summary>How a repository got a blob.</summary>
public enum UploadOutcome
{
    /// <summary>The registry already had it.</summary>
    Present,

    /// <summary>The registry copied it from another of its repositories.</summary>
    Mounted,

    /// <summary>Its bytes were sent.</summary>
    Uploaded,
}
