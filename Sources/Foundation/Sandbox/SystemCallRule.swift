/// A system call that the filter allows.
public struct SystemCallRule: Sendable {
  /// A condition on an argument: `argument & mask == value`.
  public struct Condition: Sendable {
    /// The argument's number, from 0.
    public let argument: UInt32
    /// The bits of the argument that count.
    public let mask: UInt64
    /// What those bits must be.
    public let value: UInt64
  }

  /// The condition under which the call is permitted.
  public enum Need: Sendable {
    case always
    /// Only until the guest runs.
    case reading
    /// Only until the guest runs, or with files that are written while it runs, or with `connecting`.
    case openingFiles
    /// Only with files that are written while the guest runs.
    case writingFiles
    /// Only with these or with a socket whose file is removed at the end.
    case removingFiles
    /// Only with a control socket, by which a migration may be asked for, and as a guest's network.
    case connecting
    /// Only in the process that is a guest's network.
    case serving
    /// Only with a TAP device.
    case tap
    /// Only in the process that serves a folder to a guest.
    case servingFiles
    /// Only in such a process whose guest may change the folder.
    case changingFiles
  }

  /// The name that libseccomp resolves for the host's architecture.
  public let name: String
  /// Who needs it.
  public let need: Need
  /// A condition on one argument, or nil where the call is allowed with any.
  public let condition: Condition?
  /// The purpose of the call, or of the condition.
  public let purpose: String

  init(_ name: String, _ need: Need, _ condition: Condition? = nil, _ purpose: String) {
    self.name = name
    self.need = need
    self.condition = condition
    self.purpose = purpose
  }
}

extension SystemCallRule {
  private static func rules(
    _ names: String, _ purpose: String, _ need: Need = .always, _ condition: Condition? = nil
  ) -> [SystemCallRule] {
    names.split(separator: " ").map { SystemCallRule(String($0), need, condition, purpose) }
  }

  private static let noExecution = Condition(argument: 2, mask: 4, value: 0)
  /// TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGPGRP, TIOCGWINSZ, FIONREAD; not TIOCSTI, which injects
  /// input into the terminal.
  private static let terminalRequests: [UInt64] = [
    0x5401, 0x5402, 0x5403, 0x5404, 0x540F, 0x5413, 0x541B,
  ]
  private static let thread = Condition(argument: 0, mask: 0x1_0000, value: 0x1_0000)

  /// Every call that is ever permitted. All others fail with EPERM.
  public static func all(processIdentifier: UInt64) -> [SystemCallRule] {
    let own = Condition(argument: 0, mask: ~0, value: processIdentifier)
    return [
      rules("mmap mprotect pkey_mprotect", "memory, never executable", .always, noExecution),
      rules("munmap mremap madvise brk mincore membarrier", "memory"),
      rules(
        "read readv pread64 preadv write writev pwrite64 pwritev lseek close fstat fsync fdatasync "
          + "ftruncate fallocate fcntl dup dup2 dup3 pipe2 eventfd2",
        "files and sockets that are open"),
      rules("newfstatat statx", "sizes and kinds of files"),
      terminalRequests.flatMap { request in
        rules(
          "ioctl", "modes and size of the terminal", .always,
          Condition(argument: 1, mask: 0xFFFF_FFFF, value: request))
      },
      // TUNSETOFFLOAD
      rules(
        "ioctl", "what a TAP device leaves to the guest", .tap,
        Condition(argument: 1, mask: 0xFFFF_FFFF, value: 0x4004_54D0)),
      rules(
        "poll ppoll select pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait",
        "waiting for input"),
      rules(
        "recvfrom recvmsg sendto sendmsg accept accept4 shutdown getsockopt setsockopt "
          + "getsockname getpeername",
        "sockets that are open"),
      rules(
        "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time timer_create "
          + "timer_settime timer_gettime timer_delete setitimer",
        "time"),
      rules(
        "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait rt_sigsuspend rt_sigpending "
          + "sigaltstack restart_syscall pause",
        "signals"),
      rules("kill tgkill", "signals to this process", .always, own),
      rules("clone", "threads, not processes", .always, thread),
      rules(
        "futex futex_wait futex_wake futex_requeue set_robust_list get_robust_list rseq "
          + "set_tid_address sched_yield sched_getaffinity sched_setaffinity gettid exit",
        "threads"),
      rules(
        "getpid getppid getpgrp getpgid getuid geteuid getgid getegid getrusage prlimit64 getrandom uname sysinfo "
          + "umask exit_group",
        "facts about the process"),
      rules(
        "open openat access faccessat faccessat2 getcwd readlink readlinkat",
        "files, where Landlock allows it", .openingFiles),
      rules("rename renameat renameat2 fchmod", "files, where Landlock allows it", .writingFiles),
      rules("unlink unlinkat", "files, where Landlock allows it", .removingFiles),
      rules(
        "fstatfs statfs getdents64", "a guest's folder, where Landlock allows it", .servingFiles),
      rules(
        "mkdir mkdirat mknod mknodat symlinkat linkat unlink unlinkat rename renameat renameat2 chmod "
          + "fchmod fchmodat fchownat utimensat",
        "changes of a guest's folder, where Landlock allows it", .changingFiles),
      rules("socket connect", "migration", .connecting),
      rules("bind listen", "a guest's network", .serving),
      rules("mmap memfd_create", "memory for translated code", .reading),
      rules("getdents64", "trees that are folders", .reading),
      rules(
        "landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp capset",
        "the next stage of the sandbox", .reading),
      rules(
        "prctl", "no_new_privs", .reading, Condition(argument: 0, mask: ~0, value: 38)),
    ].flatMap { $0 }
  }
}
