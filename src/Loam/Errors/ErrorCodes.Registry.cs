namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>A manifest, an index or a configuration is malformed.</summary>
    public static readonly ErrorCode ManifestInvalid = new(
        "manifest_invalid", ErrorClass.Corrupt, "A manifest, an index or a configuration is malformed.", "The image must be built and pushed again.");

    /// <summary>A manifest is of Docker's schema 1.</summary>
    public static readonly ErrorCode ManifestSchema1 = new(
        "manifest_schema1", ErrorClass.Failed,
        "The manifest has Docker's schema 1, which no current tool writes.",
        "Push the image again with a current tool.");

    /// <summary>A manifest describes something other than an image.</summary>
    public static readonly ErrorCode NotAnImage = new(
        "not_an_image", ErrorClass.Failed, "The reference names an artifact that is not an image.", "Check the reference.");

    /// <summary>An image has nothing for the platform.</summary>
    public static readonly ErrorCode PlatformNotFound = new(
        "platform_not_found", ErrorClass.NotFound, "The image does not exist for this platform.", "Choose another platform with --os and --arch.");

    /// <summary>Content does not have its digest.</summary>
    public static readonly ErrorCode DigestMismatch = new(
        "digest_mismatch", ErrorClass.Corrupt,
        "Received content does not match its digest.",
        "Pull again; if it fails again, the registry or a proxy changes content.");

    /// <summary>Content does not have its size.</summary>
    public static readonly ErrorCode SizeMismatch = new(
        "size_mismatch", ErrorClass.Corrupt,
        "Received content is longer or shorter than its descriptor says.",
        "Pull again; if it fails again, the image must be pushed again.");

    /// <summary>The registry requires credentials.</summary>
    public static readonly ErrorCode Unauthorized = new(
        "unauthorized", ErrorClass.Authentication,
        "The registry requires credentials, and there are none for it.",
        "Check the reference; for a private image, log in with `loam registry login`.");

    /// <summary>The registry does not accept a name and a password.</summary>
    public static readonly ErrorCode CredentialsRejected = new(
        "credentials_rejected", ErrorClass.Authentication,
        "The registry does not accept the user name and password.",
        "Check them; `loam registry list --explain` shows which stored ones are used.");

    /// <summary>The registry does not accept a token.</summary>
    public static readonly ErrorCode TokenRejected = new(
        "token_rejected", ErrorClass.Authentication,
        "The registry does not accept the token; it has expired or was revoked.",
        "Get a new token; `loam registry list --explain` shows where the old one is stored.");

    /// <summary>Credentials were not sent to a token server of another domain.</summary>
    public static readonly ErrorCode CredentialsWithheld = new(
        "credentials_withheld", ErrorClass.Authentication,
        "The registry's token server is on another domain; for safety the credentials were not sent to it.",
        "If you trust that host, name it in config.json under registries.<host>.token_realms.");

    /// <summary>The registry has no such repository.</summary>
    public static readonly ErrorCode RepositoryUnknown = new(
        "repository_unknown", ErrorClass.NotFound,
        "The registry has no such repository, or hides it.",
        "Check the repository's name; a private repository needs credentials.");

    /// <summary>The registry forgot an upload that was under way.</summary>
    public static readonly ErrorCode UploadLost = new(
        "upload_lost", ErrorClass.Network, "The registry lost an unfinished upload several times.", "Try again; if it fails again, see the registry's log.");

    /// <summary>The registry has no room for more.</summary>
    public static readonly ErrorCode QuotaExceeded = new(
        "quota_exceeded", ErrorClass.Refused,
        "The registry's storage is full, or the data is too large for it.",
        "Free space in the registry, or ask for a larger quota.");

    /// <summary>The registry refuses.</summary>
    public static readonly ErrorCode Forbidden = new(
        "forbidden", ErrorClass.Authentication, "The account used may not do this.", "Ask for access to the repository.");

    /// <summary>The repository has no such manifest.</summary>
    public static readonly ErrorCode ManifestUnknown = new(
        "manifest_unknown", ErrorClass.NotFound, "The repository has no such tag or manifest.", "Check the tag; `loam tags` lists them.");

    /// <summary>The registry has no such blob.</summary>
    public static readonly ErrorCode BlobUnknown = new(
        "blob_unknown", ErrorClass.NotFound, "The registry lacks a blob that its own manifest names.", "The image must be pushed again.");

    /// <summary>The registry limits the number of requests.</summary>
    public static readonly ErrorCode TooManyRequests = new(
        "too_many_requests", ErrorClass.Network, "The registry limits the number of requests.", "Wait, or use credentials with a higher limit.");

    /// <summary>The registry answers with server errors.</summary>
    public static readonly ErrorCode RegistryUnavailable = new(
        "registry_unavailable", ErrorClass.Network, "The registry answers with server errors.", "Try again later.");

    /// <summary>The registry cannot be reached.</summary>
    public static readonly ErrorCode RegistryUnreachable = new(
        "registry_unreachable", ErrorClass.Network,
        "The registry cannot be reached, or the connection broke too often.",
        "Check the host, the port and the network; for a registry without TLS, pass --insecure.");

    /// <summary>The registry's host refuses the connection.</summary>
    public static readonly ErrorCode RegistryRefused = new(
        "registry_refused", ErrorClass.Network,
        "The registry's host refuses the connection.",
        "Check the host and the port, and that the registry is running.");

    /// <summary>The registry's host has no address.</summary>
    public static readonly ErrorCode RegistryUnknown = new(
        "registry_unknown", ErrorClass.Network, "The registry's host name has no address.", "Check the host name and this host's DNS.");

    /// <summary>The registry's certificate is not trusted.</summary>
    public static readonly ErrorCode TlsUntrusted = new(
        "tls_untrusted", ErrorClass.Network, "The registry's certificate is not trusted.", "Pass the certificate of its authority with --ca-certs.");

    /// <summary>The registry does not answer in time.</summary>
    public static readonly ErrorCode Timeout = new(
        "timeout", ErrorClass.Network, "The registry does not answer, or stopped sending.", "Check the network, and try again.");

    /// <summary>The registry's answer is against the protocol.</summary>
    public static readonly ErrorCode RegistryProtocol = new(
        "registry_protocol", ErrorClass.Network, "The registry's answer breaks the protocol.", "Check that the host is an OCI registry.");

    /// <summary>The registry does not support the request.</summary>
    public static readonly ErrorCode RegistryUnsupported = new(
        "registry_unsupported", ErrorClass.Failed, "The registry does not support this, or has switched it off.", "Ask the operator of the registry.");

    /// <summary>A file of certificate authorities cannot be read.</summary>
    public static readonly ErrorCode CaCertificatesInvalid = new(
        "ca_certs_invalid", ErrorClass.Usage, "The file given with --ca-certs cannot be read.", "Give a PEM file with at least one certificate.");

    /// <summary>A client certificate cannot be used.</summary>
    public static readonly ErrorCode ClientCertificateInvalid = new(
        "client_cert_invalid", ErrorClass.Usage,
        "The files given with --cert and --key cannot be used.",
        "Give a certificate and its private key, both as PEM.");
}
