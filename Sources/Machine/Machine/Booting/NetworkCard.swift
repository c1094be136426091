internal import Devices
internal import Glibc
internal import HostSupport
internal import Hypervisor
internal import MachineDescription
internal import NetworkBoot
public import OpenFirmware

/// A network card that the firmware can load a program through, with the path of its node and its alias.
final class NetworkCard: FirmwareNetwork {
  let path: String
  let alias: String
  private let address: [UInt8]
  private let port: CardPort
  /// Makes the numbers of transactions.
  private let seed: () -> UInt64
  /// Whether loading is to end.
  private let isStopped: () -> Bool

  /// Frames that are taken before what they are for is done.
  private static let mostFrames = 256

  init(
    _ device: NetworkDevice, alias: String, _ port: CardPort, seed: @escaping () -> UInt64,
    isStopped: @escaping () -> Bool
  ) {
    (path, self.alias, address) = (device.path, alias, device.card.address.bytes)
    (self.port, self.seed, self.isStopped) = (port, seed, isStopped)
  }

  func send(_ frame: [UInt8]) -> Bool { port.send(frame) }

  func receive() -> [UInt8]? { receive(within: 1) }

  private func receive(within milliseconds: Int32) -> [UInt8]? {
    if let frame = port.receive() { return frame }
    var wait = pollfd(fd: port.descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&wait, 1, milliseconds) > 0 ? port.receive() : nil
  }

  /// Begins to load a file.
  func begin(_ arguments: NetworkArguments, limit: Int) -> NetworkBoot {
    NetworkBoot(
      address: address, arguments: arguments, limit: limit, seed: seed(), now: HostTime.monotonic)
  }

  /// Sends what is to be sent, and takes what arrives within some milliseconds.
  func exchange(_ boot: inout NetworkBoot, milliseconds: Int32) {
    let end = HostTime.monotonic &+ UInt64(milliseconds) * 1_000_000
    for _ in 0..<Self.mostFrames where boot.result == nil {
      for frame in boot.takeOutgoing() { _ = port.send(frame) }
      let now = HostTime.monotonic
      boot.advance(to: now)
      guard now < end else { break }
      let left = Int32(clamping: (end - now) / 1_000_000)
      if let frame = receive(within: max(left, 1)) { boot.receive(frame, now: HostTime.monotonic) }
    }
    for frame in boot.takeOutgoing() { _ = port.send(frame) }
  }

  func load(
    _ arguments: NetworkArguments, limit: Int
  ) throws(NetworkBootError) -> NetworkBootFile {
    var boot = begin(arguments, limit: limit)
    while true {
      exchange(&boot, milliseconds: 20)
      if let result = boot.result { return try result.get() }
      if isStopped() { throw .stopped }
    }
  }
}

extension PowerMachine {
  /// Makes every network card usable by the firmware.
  func addNetworkCards() {
    for device in description.devices.networksInTree {
      guard let port = cardPorts[device.address] else { continue }
      networkCards.append(
        NetworkCard(
          device, alias: NetworkAlias.name(networkCards.count), port,
          seed: { [unowned self] in partition.randomSource() },
          isStopped: { [unowned self] in isLoadingStopped() }))
    }
  }

  /// Whether a program that is being loaded from the network is not wanted any more.
  private func isLoadingStopped() -> Bool {
    if outcome == nil { outcome = limitsReached() ?? pollConsole() }
    return outcome != nil || takeMenuKey()
  }

  /// The network card of a node.
  public func network(at path: String) -> (any FirmwareNetwork)? {
    networkCards.first { $0.path == path }
  }
}
