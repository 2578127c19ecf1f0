namespace Loam;

public static partial class ErrorCodes
{
    /// <summary>No workspace of that name.</summary>
    public static readonly ErrorCode WorkspaceNotFound = new(
        "workspace_not_found", ErrorClass.NotFound, "No workspace has that name.", "See `loam ls`, or create it with `loam create`.");

    /// <summary>The name is taken.</summary>
    public static readonly ErrorCode WorkspaceExists = new(
        "workspace_exists", ErrorClass.Refused, "A workspace with that name already exists.", "Choose another name, or delete it with `loam delete`.");

    /// <summary>A machine runs on the workspace, or another command uses its disk.</summary>
    public static readonly ErrorCode WorkspaceInUse = new(
        "workspace_in_use", ErrorClass.Refused, "A machine runs on the workspace, or another command uses its disk.", "Stop it with `loam halt`.");

    /// <summary>The workspace is not running.</summary>
    public static readonly ErrorCode WorkspaceNotRunning = new(
        "workspace_not_running", ErrorClass.Refused, "The workspace is not running.", "Start it with `loam start -d`.");

    /// <summary>The workspace's machine is paused.</summary>
    public static readonly ErrorCode WorkspacePaused = new(
        "workspace_paused", ErrorClass.Refused, "The workspace's machine is paused.", "Resume it with `loam resume`.");

    /// <summary>The name does not follow the grammar.</summary>
    public static readonly ErrorCode InvalidWorkspaceName = new(
        "invalid_workspace_name",
        ErrorClass.Usage,
        "A workspace's name does not follow the grammar.",
        "Use up to 63 letters, digits, dots, dashes and underscores, the first a letter or digit.");

    /// <summary>QEMU is missing or does not work.</summary>
    public static readonly ErrorCode QemuUnusable = new(
        "qemu_unusable", ErrorClass.Failed, "QEMU is missing, or does not start.", "Install it (Debian: apt install qemu-system-x86); see `loam doctor`.");

    /// <summary>There is no kernel to boot, or it lacks what the guest needs.</summary>
    public static readonly ErrorCode KernelUnusable = new(
        "kernel_unusable",
        ErrorClass.Failed,
        "There is no kernel to boot, or it lacks a driver that the guest needs.",
        "Install one (Debian: apt install linux-image-cloud-amd64) or give --kernel; see `loam doctor`.");

    /// <summary>There is no static busybox for the guest.</summary>
    public static readonly ErrorCode BusyboxUnusable = new(
        "busybox_unusable",
        ErrorClass.Failed,
        "There is no static busybox, which prepares the guest.",
        "Install it (Debian: apt install busybox-static); see `loam doctor`.");

    /// <summary>The guest did not come up.</summary>
    public static readonly ErrorCode BootFailed = new(
        "boot_failed", ErrorClass.Failed, "The guest did not come up.", "See what it printed with `loam logs`.");

    /// <summary>The machine ended before its work did.</summary>
    public static readonly ErrorCode MachineLost = new(
        "machine_lost", ErrorClass.Failed, "The machine ended before its work did.", "See what it printed with `loam logs`.");

    /// <summary>The guest did not stop in time.</summary>
    public static readonly ErrorCode HaltTimeout = new(
        "halt_timeout",
        ErrorClass.Failed,
        "The guest did not stop in time; it is still running.",
        "Give it longer with --timeout, or end it with `loam kill`.");

    /// <summary>What was asked of the guest cannot be done in it.</summary>
    public static readonly ErrorCode GuestCommandInvalid = new(
        "guest_command_invalid",
        ErrorClass.Usage,
        "The image names nothing to run, or the user or folder does not exist in the guest.",
        "Give a command, or another --user.");

    /// <summary>The image is for another processor.</summary>
    public static readonly ErrorCode ArchitectureUnsupported = new(
        "architecture_unsupported", ErrorClass.Failed, "This host cannot run images for that processor.", "Use an image for amd64.");

    /// <summary>A setup command failed.</summary>
    public static readonly ErrorCode SetupFailed = new(
        "setup_failed",
        ErrorClass.Failed,
        "A command that prepares the workspace failed in the guest.",
        "Fix it, and start the workspace again: the command runs again.");

    /// <summary>A workspace's disk cannot be read.</summary>
    public static readonly ErrorCode DiskUnreadable = new(
        "disk_unreadable", ErrorClass.Corrupt, "A workspace's disk is damaged, or is not an ext4 file system.", "Check it with `e2fsck -fn`.");
}
