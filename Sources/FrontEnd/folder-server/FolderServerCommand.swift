internal import ArgumentParser
internal import FolderServer
internal import Glibc
internal import HostSupport
internal import MachineOptions
internal import Sandbox

/// The process that serves a folder to a guest; pseries starts it.
@main struct FolderServerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "folder-server",
    abstract: "Serve a folder to one guest, by 9P2000.L.",
    discussion: """
      pseries --share starts this program and gives it a stream socket. It ends when the socket's \
      other end is closed.
      """)

  @Option(help: "The descriptor of the socket.")
  var descriptor: Int32

  @Option(help: "The folder.")
  var path: String

  @Flag(help: "The guest changes nothing.")
  var readOnly = false

  /// Descriptors that are not for files of the guest: locks, and the process's own.
  private static let otherDescriptors = 1200

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    // What the machine's process has been given is not for this one.
    for other in 3..<1024 as Range<Int32> where other != descriptor { close(other) }
    // Permissions are the guest's matter.
    umask(0)
    do {
      let server = try FolderServer(
        path: path, isReadOnly: readOnly, mostFiles: Self.mostFiles())
      try confine()
      // The machine waits for this byte.
      try Self.answer("!", to: descriptor)
      server.run(descriptor)
    } catch {
      try Self.answer("\(error)", to: descriptor)
      throw ExitCode.failure
    }
  }

  /// Files that the guest can have, as the host allows descriptors.
  private static func mostFiles() -> Int {
    let descriptors = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(descriptors, &limit) == 0 else { return 0 }
    limit.rlim_cur = limit.rlim_max
    setrlimit(descriptors, &limit)
    getrlimit(descriptors, &limit)
    return min(max((Int(clamping: limit.rlim_cur) - otherDescriptors) / 2, 64), 1 << 16)
  }

  /// Sends the machine's process a text.
  private static func answer(_ text: String, to machine: Int32) throws(ExitCode) {
    guard write(machine, text, text.utf8.count) == text.utf8.count else { throw .failure }
  }

  private func confine() throws(SandboxError) {
    var policy = SandboxPolicy()
    policy.served = ServedFolder(path: path, isReadOnly: readOnly)
    _ = try Sandbox(confining: policy, for: .running)
  }
}
