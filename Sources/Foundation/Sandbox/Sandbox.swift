internal import CSandbox
internal import CSeccomp
internal import Glibc
internal import HostSupport

/// The reason for which a process could not be confined.
public struct SandboxError: Error, CustomStringConvertible {
  /// The call that failed, in words.
  public let step: String
  /// The error number of the host.
  public let code: Int32

  init(_ step: String, _ code: Int32) {
    self.step = step
    self.code = code
  }

  /// The step, and the host's text for its error number.
  public var description: String { "\(step): \(HostError.text(code))" }
}

/// Confines this process permanently: it cannot start programs, and can access only the files and
/// networks that the policy names for the stage.
public struct Sandbox: Sendable {
  /// What the process still needs.
  public let policy: SandboxPolicy
  /// The stage that is allowed for.
  public let stage: SandboxStage
  /// The version of the kernel's Landlock interface; nil without it, when folders are not
  /// distinguished.
  public let landlockVersion: Int?
  /// The permitted calls, in the order of the table.
  public let allowedCalls: [SystemCallRule]

  /// Installs the sandbox, on top of that of an earlier stage. Call it before threads are started.
  public init(
    confining policy: SandboxPolicy, for stage: SandboxStage
  ) throws(SandboxError) {
    self.policy = policy
    self.stage = stage
    try Self.check("no_new_privs", csandbox_no_new_privileges())
    landlockVersion = try Self.confineFiles(policy, stage)
    try Self.check("capabilities", csandbox_drop_capabilities())
    allowedCalls = SystemCallRule.all(processIdentifier: UInt64(getpid()))
      .filter { policy.needs($0, stage) }
    try Self.filter(allowedCalls)
  }

  private static func check(_ step: String, _ status: Int32) throws(SandboxError) {
    if status < 0 { throw SandboxError(step, -status) }
  }

  // MARK: Landlock

  /// Files that the lookup of host names and addresses reads.
  private static let resolverFiles = [
    "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/services", "/etc/gai.conf",
    "/etc/host.conf",
  ]

  private static func confineFiles(
    _ policy: SandboxPolicy, _ stage: SandboxStage
  ) throws(SandboxError) -> Int? {
    let version = csandbox_landlock_version()
    guard version >= 1 else { return nil }
    let write =
      UInt64(LANDLOCK_ACCESS_FS_WRITE_FILE) | UInt64(LANDLOCK_ACCESS_FS_REMOVE_FILE)
      | UInt64(LANDLOCK_ACCESS_FS_MAKE_REG) | UInt64(LANDLOCK_ACCESS_FS_MAKE_SOCK)
    let others =
      UInt64(LANDLOCK_ACCESS_FS_READ_FILE) | UInt64(LANDLOCK_ACCESS_FS_EXECUTE)
      | UInt64(LANDLOCK_ACCESS_FS_READ_DIR)
      | UInt64(LANDLOCK_ACCESS_FS_REMOVE_DIR) | UInt64(LANDLOCK_ACCESS_FS_MAKE_CHAR)
      | UInt64(LANDLOCK_ACCESS_FS_MAKE_DIR) | UInt64(LANDLOCK_ACCESS_FS_MAKE_FIFO)
      | UInt64(LANDLOCK_ACCESS_FS_MAKE_BLOCK) | UInt64(LANDLOCK_ACCESS_FS_MAKE_SYM)
    // Renaming from one folder to another is refused by every set of rules that does not have it.
    let refer = version >= 2 ? csandbox_landlock_refer : 0
    let rules = csandbox_landlock_create(write | others | refer)
    try check("Landlock rules", rules)
    defer { close(rules) }
    // The right to read a folder's entries is for syncing the folder after a file in it was
    // replaced.
    for folder in policy.writableFolders {
      try allow(folder, write | UInt64(LANDLOCK_ACCESS_FS_READ_DIR), rules)
    }
    for folder in policy.socketFolders {
      try allow(folder, UInt64(LANDLOCK_ACCESS_FS_REMOVE_FILE), rules)
    }
    if let served = policy.served {
      let read =
        UInt64(LANDLOCK_ACCESS_FS_READ_FILE) | UInt64(LANDLOCK_ACCESS_FS_READ_DIR)
      let change =
        write | UInt64(LANDLOCK_ACCESS_FS_REMOVE_DIR) | UInt64(LANDLOCK_ACCESS_FS_MAKE_DIR)
        | UInt64(LANDLOCK_ACCESS_FS_MAKE_FIFO) | UInt64(LANDLOCK_ACCESS_FS_MAKE_SYM) | refer
      try allow(served.path, served.isReadOnly ? read : read | change, rules)
    }
    for file in policy.writableFiles {
      try allow(file, UInt64(LANDLOCK_ACCESS_FS_WRITE_FILE), rules)
    }
    // Files that do not exist need no rule.
    let read = policy.filesRead(in: stage) + (policy.connects ? resolverFiles : [])
    for file in read where access(file, R_OK) == 0 {
      // A folder may be a tree, whose entries are listed.
      var status = stat()
      let isFolder = stat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      let listing = isFolder ? UInt64(LANDLOCK_ACCESS_FS_READ_DIR) : 0
      try allow(file, UInt64(LANDLOCK_ACCESS_FS_READ_FILE) | listing, rules)
    }
    try check("Landlock", csandbox_landlock_confine(rules))
    return Int(version)
  }

  private static func allow(
    _ path: String, _ files: UInt64, _ rules: Int32
  ) throws(SandboxError) {
    let descriptor = open(path, CSANDBOX_PATH_ONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SandboxError(path, errno) }
    defer { close(descriptor) }
    let status = csandbox_landlock_allow(rules, descriptor, files)
    // A pipe such as /dev/fd: Landlock does not restrict it.
    if status == -EBADFD { return }
    try check("Landlock rule for \(path)", status)
  }

  // MARK: seccomp

  private static func filter(_ rules: [SystemCallRule]) throws(SandboxError) {
    guard let filter = seccomp_init(cseccomp_error(UInt16(EPERM))) else {
      throw SandboxError("seccomp", ENOMEM)
    }
    defer { seccomp_release(filter) }
    // Threads that exist already are confined too.
    try check("seccomp for all threads", seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1))
    // glibc starts threads with clone where clone3, whose flags a filter cannot examine, does not
    // exist.
    let clone3 = seccomp_syscall_resolve_name("clone3")
    if clone3 != __NR_SCMP_ERROR {
      try check(
        "seccomp for clone3",
        seccomp_rule_add_array(filter, cseccomp_error(UInt16(ENOSYS)), clone3, 0, nil))
    }
    for rule in rules {
      let number = seccomp_syscall_resolve_name(rule.name)
      // This libseccomp or architecture does not have the name.
      if number < 0 { continue }
      try check("seccomp for \(rule.name)", allow(rule, number, filter))
    }
    try check("seccomp", seccomp_load(filter))
  }

  private static func allow(
    _ rule: SystemCallRule, _ number: Int32, _ filter: scmp_filter_ctx
  ) -> Int32 {
    guard let condition = rule.condition else {
      return seccomp_rule_add_array(filter, CSECCOMP_ALLOW, number, 0, nil)
    }
    var comparison = scmp_arg_cmp(
      arg: condition.argument, op: SCMP_CMP_MASKED_EQ, datum_a: condition.mask,
      datum_b: condition.value)
    return seccomp_rule_add_array(filter, CSECCOMP_ALLOW, number, 1, &comparison)
  }
}
