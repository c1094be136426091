internal import Devices
internal import Glibc
internal import HostSupport
internal import Machine
internal import MachineControl
internal import MachineOptions
internal import MachineDescription

/// The servers of the folders that options share, started before the sandbox forbids it.
struct OpenShares {
  /// Where virtiofsd is, and its arguments but for the descriptor at which it listens: that of QEMU 7.2
  /// and older, and the one that followed it.
  private static let daemons: [(path: String, arguments: @Sendable (String) -> [String])] = [
    ("/usr/libexec/virtiofsd", { ["--log-level=error", "--shared-dir=\($0)"] }),
    (
      "/usr/lib/qemu/virtiofsd",
      { ["-f", "-o", "log_level=err", "-o", "source=" + $0.replacing(",", with: "\\,")] }
    ),
  ]

  private let servers: [any ShareServer]

  init(_ arguments: [ShareArgument]) throws(CommandError) {
    var servers: [any ShareServer] = []
    for argument in arguments { servers.append(try Self.server(argument)) }
    self.servers = servers
  }

  private static func server(_ argument: ShareArgument) throws(CommandError) -> any ShareServer {
    let option = "--share: \(argument.share.tag)"
    let socket: Int32
    switch (argument.source, argument.share.kind) {
    case (.folder(let path), .plan9):
      let process = DeviceProcess(program: "folder-server", option: option)
      return FolderConnection(
        try process.start(["--path", path] + (argument.isReadOnly ? ["--read-only"] : [])))
    case (.folder(let path), .virtioFS): socket = try startDaemon(path, option)
    case (.socket(let path), _):
      do throws(SocketError) {
        socket = try StreamSocket(connectingTo: .unix(path: path)).takeDescriptor()
      } catch { throw CommandError("\(option): \(error)") }
    }
    do throws(ShareServerError) {
      return try VhostUserConnection(socket, isReadOnly: argument.isReadOnly)
    } catch {
      close(socket)
      throw CommandError("\(option): virtiofsd: \(error)")
    }
  }

  /// Starts virtiofsd for a folder; it ends when the socket is closed.
  private static func startDaemon(
    _ path: String, _ option: String
  ) throws(CommandError) -> Int32 {
    guard let daemon = daemons.first(where: { access($0.path, X_OK) == 0 }) else {
      throw CommandError(
        "\(option): type=virtiofs needs virtiofsd, which is not installed (Debian: virtiofsd, or "
          + "qemu-system-common before Debian 13); type=9p needs nothing")
    }
    var status = stat()
    guard let folder = realpath(path, nil) else {
      throw CommandError("\(option): \(path): \(HostError.text(errno))")
    }
    defer { free(folder) }
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw CommandError("\(option): \(path): \(HostError.text(ENOTDIR))")
    }
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let (listener, client) = (socket(AF_UNIX, kind, 0), socket(AF_UNIX, kind, 0))
    defer { close(listener) }
    // A name of the kernel's choice. The first connection is the only one that the daemon takes.
    guard listener >= 0, client >= 0, Self.connect(client, toNew: listener) else {
      let error = errno
      close(client)
      throw CommandError("\(option): \(HostError.text(error))")
    }
    let (_, error) = DeviceProcess.spawn(
      daemon.path, ["--fd=3"] + daemon.arguments(String(cString: folder)), passing: listener)
    guard error == 0 else {
      close(client)
      throw CommandError("\(option): \(daemon.path): \(HostError.text(error))")
    }
    return client
  }

  /// Makes one socket listen, and connects the other one to it.
  private static func connect(_ client: Int32, toNew listener: Int32) -> Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var size = socklen_t(MemoryLayout<sockaddr_un>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
        bind(listener, place, socklen_t(MemoryLayout<sa_family_t>.size)) == 0
          && listen(listener, 1) == 0 && getsockname(listener, place, &size) == 0
          && Glibc.connect(client, place, size) == 0
      }
    }
  }

  /// Gives a machine its servers, the folders of its description in their order.
  func add(to configuration: inout MachineConfiguration) throws(CommandError) {
    let devices = configuration.description.devices.pci.filter {
      if case .share = $0.kind { true } else { false }
    }
    guard devices.count == servers.count else {
      throw CommandError.usage(
        "--share: \(servers.count) given; the number of the guest's shared folders is \(devices.count)"
      )
    }
    for (device, server) in zip(devices, servers) { configuration.shares[device.place] = server }
  }
}
