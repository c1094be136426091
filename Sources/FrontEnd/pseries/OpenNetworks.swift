internal import Devices
internal import Glibc
internal import HostSupport
internal import Machine
internal import MachineControl
internal import MachineDescription
internal import MachineOptions
internal import Sandbox

/// The links of the network cards that options name, opened before the sandbox forbids it.
struct OpenNetworks {
  /// Requests to TAP devices (linux/if_tun.h).
  private enum Request {
    static let setInterface: UInt = 0x4004_54CA
  }

  /// IFF_TAP, IFF_NO_PI and IFF_VNET_HDR: frames, each with virtio's header before it.
  private static let frameFlags: Int16 = 0x5002

  private static let userNetwork = DeviceProcess(
    program: "user-network", option: "--net user",
    hint: "install libslirp-dev and build again")

  private let arguments: [NetworkArgument]
  private let links: [any NetworkLink]

  init(_ arguments: [NetworkArgument]) throws(CommandError) {
    self.arguments = arguments
    var links: [any NetworkLink] = []
    for argument in arguments { links.append(try Self.link(argument)) }
    self.links = links
  }

  private static func link(_ argument: NetworkArgument) throws(CommandError) -> any NetworkLink {
    switch argument.connection {
    case .user(let forwards, let isRestricted, let files):
      if let folder = files.folder, access(folder, R_OK | X_OK) != 0 {
        throw CommandError("--net: tftp=\(folder): \(HostError.text(errno))")
      }
      return StreamLink(
        connected: try userNetwork.start(
          (isRestricted ? ["--restricted"] : [])
            + (argument.mtu.map { ["--mtu", String($0)] } ?? [])
            + (files.folder.map { ["--tftp", $0] } ?? [])
            + (files.name.map { ["--bootfile", $0] } ?? [])
            + forwards.flatMap { ["--forward", $0.description] }),
        format: .local)
    case .tap(let name): return PacketLink(descriptor: try tap(name))
    case .stream(let address, let listens): return try stream(address, listens)
    case .descriptor(let number): return try link(number)
    case .nothing: return NoLink()
    }
  }

  /// A link over a descriptor that this process has been given.
  private static func link(_ descriptor: Int32) throws(CommandError) -> any NetworkLink {
    var (status, kind) = (stat(), 0 as Int32)
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard fstat(descriptor, &status) == 0 else {
      throw CommandError("--net: fd=\(descriptor): \(HostError.text(errno))")
    }
    let isSocket = getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &kind, &size) == 0
    guard isSocket || status.st_mode & S_IFMT == S_IFCHR else {
      throw CommandError("--net: fd=\(descriptor) is neither a TAP device nor a socket")
    }
    let isStream = isSocket && kind == Int32(SOCK_STREAM.rawValue)
    return isStream ? StreamLink(connected: descriptor) : PacketLink(descriptor: descriptor)
  }

  private static func stream(
    _ text: String, _ listens: Bool
  ) throws(CommandError) -> any NetworkLink {
    do throws(SocketError) {
      let address = try SocketAddress(stream: text)
      guard listens else {
        return StreamLink(connected: try StreamSocket(connectingTo: address).takeDescriptor())
      }
      let listener = try ListeningSocket(at: address)
      return StreamLink(listening: listener.descriptor, owner: listener)
    } catch {
      throw CommandError("--net: stream=\(text): \(error)")
    }
  }

  /// Opens a TAP device that exists or that this process may make.
  private static func tap(_ name: String) throws(CommandError) -> Int32 {
    func fail(_ code: Int32) -> CommandError {
      CommandError("--net: tap=\(name): \(HostError.text(code))")
    }
    guard name.utf8.count < Int(IFNAMSIZ) else { throw fail(ENAMETOOLONG) }
    let descriptor = open("/dev/net/tun", O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw fail(errno) }
    var request = ifreq()
    withUnsafeMutableBytes(of: &request.ifr_ifrn) { $0.copyBytes(from: name.utf8) }
    request.ifr_ifru.ifru_flags = frameFlags
    guard ioctl(descriptor, Request.setInterface, &request) == 0 else {
      let code = errno
      close(descriptor)
      throw fail(code)
    }
    return descriptor
  }

  /// Adds what the links need to what the process may do while the guest runs.
  static func allow(_ arguments: [NetworkArgument], in policy: inout SandboxPolicy) {
    for argument in arguments {
      switch argument.connection {
      case .tap, .descriptor: policy.hasTAP = true
      case .stream(let text, listens: true):
        if case .unix(let path)? = try? SocketAddress(stream: text) { policy.addSocket(path) }
      case .stream, .user, .nothing: break
      }
    }
  }

  /// Gives a machine its links, the cards of each model in their order.
  func add(to configuration: inout MachineConfiguration) throws(CommandError) {
    let devices = configuration.description.devices
    guard let cards = arguments.cards(in: devices) else {
      let count = devices.networks.count
      throw CommandError.usage(
        links.count == count
          ? "--net: \(Self.count(arguments.map(\.model))) given; the guest's network cards are "
            + Self.count(devices.networks.map(\.model))
          : "--net: \(links.count) given; the number of the guest's network cards is \(count)")
    }
    for ((card, link), (argument, name)) in zip(zip(cards, links), zip(arguments, arguments.names))
    {
      configuration.networks[card.address] = NetworkConnection(
        link, name: name, isConnected: argument.isConnected)
    }
  }

  /// How many of each model, in words.
  private static func count(_ models: [NetworkDevice.Model]) -> String {
    NetworkDevice.Model.allCases.map { model in
      "\(models.count { $0 == model }) of model \(model.rawValue)"
    }.joined(separator: " and ")
  }
}
