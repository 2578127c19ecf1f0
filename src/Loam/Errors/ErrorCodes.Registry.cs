namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>A manifest, an index or a configuration is malformed.</summary>
    public static readonly ErrorCode ManifestInvalid = new(
        "manifest_invalid", ErrorClass.Corrupt, "A manifest, an index or a configuration is malformed.", "The image must be rebuilt and pushed again.");

    /// <summary>A manifest is of Docker's schema 1.</summary>
    public static readonly ErrorCode ManifestSchema1 = new(
        "manifest_schema1",
        ErrorClass.Failed,
        "The manifest is of Docker's schema 1, which no current tool writes.",
        "Push the image again with a current tool.");

    /// <summary>A manifest describes something other than an image.</summary>
    public static readonly ErrorCode NotAnImage = new(
        "not_an_image", ErrorClass.Failed, "The reference leads to an artifact that is not an image.", "Check the reference.");

    /// <summary>An image has nothing for the platform.</summary>
    public static readonly ErrorCode PlatformNotFound = new(
        "platform_not_found",
        ErrorClass.NotFound,
        "The image has nothing for the platform that was asked for.",
        "Choose one that it has with --os and --arch.");

    /// <summary>Content does not have its digest.</summary>
    public static readonly ErrorCode DigestMismatch = new(
        "digest_mismatch",
        ErrorClass.Corrupt,
        "Content that arrived does not have its digest.",
        "Pull again. If that does not help, the registry or something in between changes content.");

    /// <summary>Content does not have its size.</summary>
    public static readonly ErrorCode SizeMismatch = new(
        "size_mismatch",
        ErrorClass.Corrupt,
        "Content that arrived is longer or shorter than its descriptor says.",
        "Pull again. If that does not help, the image must be pushed again.");

    /// <summary>The registry wants credentials.</summary>
    public static readonly ErrorCode Unauthorized = new(
        "unauthorized",
        ErrorClass.Authentication,
        "The registry requires credentials, and none are set for it.",
        "Check the reference; for a private image log in with `loam registry login`.");

    /// <summary>The registry does not accept a name and a password.</summary>
    public static readonly ErrorCode CredentialsRejected = new(
        "credentials_rejected",
        ErrorClass.Authentication,
        "The registry rejected the user name and the password.",
        "Check the user name and the password; `loam registry list --explain` says where stored ones come from.");

    /// <summary>The registry does not accept a token.</summary>
    public static readonly ErrorCode TokenRejected = new(
        "token_rejected",
        ErrorClass.Authentication,
        "The registry rejected the token; it has expired or was revoked.",
        "Get a new token; `loam registry list --explain` says where the old one comes from.");

    /// <summary>Credentials were not sent to a token server of another domain.</summary>
    public static readonly ErrorCode CredentialsWithheld = new(
        "credentials_withheld",
        ErrorClass.Authentication,
        "The registry's token server is on another domain; for safety the credentials were not sent to it.",
        "If you trust that host, name it in config.json under registries.<host>.token_realms.");

    /// <summary>The registry has no such repository.</summary>
    public static readonly ErrorCode RepositoryUnknown = new(
        "repository_unknown",
        ErrorClass.NotFound,
        "The registry has no such repository, or hides it.",
        "Check the repository's name; a private one needs credentials.");

    /// <summary>The registry forgot an upload that was under way.</summary>
    public static readonly ErrorCode UploadLost = new(
        "upload_lost",
        ErrorClass.Network,
        "The registry repeatedly lost an upload in progress.",
        "Try again. If that does not help, look at the registry's log.");

    /// <summary>The registry has no room for more.</summary>
    public static readonly ErrorCode QuotaExceeded = new(
        "quota_exceeded",
        ErrorClass.Refused,
        "The registry has no room for more, or not for something this large.",
        "Free space there, or ask for a larger quota.");

    /// <summary>The registry refuses.</summary>
    public static readonly ErrorCode Forbidden = new(
        "forbidden", ErrorClass.Authentication, "The account used may not do this.", "Ask for access to the repository.");

    /// <summary>The repository has no such manifest.</summary>
    public static readonly ErrorCode ManifestUnknown = new(
        "manifest_unknown", ErrorClass.NotFound, "The repository has no such tag or manifest.", "Check the tag; `loam tags` lists them.");

    /// <summary>The registry has no such blob.</summary>
    public static readonly ErrorCode BlobUnknown = new(
        "blob_unknown", ErrorClass.NotFound, "The registry lacks a blob that its own manifest names.", "The image must be pushed again.");

    /// <summary>The registry limits the rate of requests.</summary>
    public static readonly ErrorCode TooManyRequests = new(
        "too_many_requests", ErrorClass.Network, "The registry limits the rate of requests.", "Wait, or use credentials with a higher limit.");

    /// <summary>The registry answers with server errors.</summary>
    public static readonly ErrorCode RegistryUnavailable = new(
        "registry_unavailable", ErrorClass.Network, "The registry answers with server errors.", "Try again later.");

    /// <summary>The registry cannot be reached.</summary>
    public static readonly ErrorCode RegistryUnreachable = new(
        "registry_unreachable",
        ErrorClass.Network,
        "The registry cannot be reached, or the connection broke too often.",
        "Check the host, the port and the network; for a registry without TLS pass --insecure.");

    /// <summary>The connection to the registry was refused.</summary>
    public static readonly ErrorCode RegistryRefused = new(
        "registry_refused",
        ErrorClass.Network,
        "The connection to the registry was refused.",
        "Check the host and the port, and that the registry is running.");

    /// <summary>The registry's host name cannot be resolved.</summary>
    public static readonly ErrorCode RegistryUnknown = new(
        "registry_unknown", ErrorClass.Network, "The registry's host name cannot be resolved.", "Check the host's name and this machine's name servers.");

    /// <summary>The registry's certificate is not trusted.</summary>
    public static readonly ErrorCode TlsUntrusted = new(
        "tls_untrusted", ErrorClass.Network, "The registry's certificate is not trusted.", "Give its authority's certificate with --ca-certs.");

    /// <summary>The registry does not answer in time.</summary>
    public static readonly ErrorCode Timeout = new(
        "timeout", ErrorClass.Network, "The registry does not answer, or stopped sending.", "Check the network, and try again.");

    /// <summary>The registry's answer violates the protocol.</summary>
    public static readonly ErrorCode RegistryProtocol = new(
        "registry_protocol", ErrorClass.Network, "The registry's answer violates the protocol.", "Check that the host is an OCI registry.");

    /// <summary>The registry does not offer what was asked of it.</summary>
    public static readonly ErrorCode RegistryUnsupported = new(
        "registry_unsupported", ErrorClass.Failed, "The registry does not offer this, or it is switched off there.", "Ask whoever runs the registry.");

    /// <summary>A file of certificate authorities cannot be read.</summary>
    public static readonly ErrorCode CaCertificatesInvalid = new(
        "ca_certs_invalid", ErrorClass.Usage, "The file given with --ca-certs cannot be read.", "Give a PEM file with at least one certificate.");

    /// <summary>A client certificate cannot be used.</summary>
    public static readonly ErrorCode ClientCertificateInvalid = new(
        "client_cert_invalid", ErrorClass.Usage, "The files given with --cert and --key cannot be used.", "Give a certificate and its private key, both PEM.");
}
