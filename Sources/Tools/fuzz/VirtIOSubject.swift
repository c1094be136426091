import Devices
import HostSupport
import MachineDescription

/// A virtio device that is driven: what its driver asks for, and what happens at its other end.
protocol VirtIOSubject: AnyObject {
  var name: String { get }
  var description: PCIDevice { get }
  var transport: VirtIOTransport { get }
  var queues: Int { get }
  /// Whether it reaches memory through the bus's window.
  var usesWindow: Bool { get }
  /// Whether it has done nothing that it must not.
  var isSound: Bool { get }

  /// Makes the other end what it is before an input.
  func renew(_ g: inout InputGenerator)
  /// A request that is mostly right.
  func request(_ g: inout InputGenerator) -> FuzzRequest
  /// Something happens at the other end.
  func happen(_ g: inout InputGenerator)
  /// Makes the other end what a driver that keeps to the rules expects.
  func prepare()
  /// Uses the started device by the rules; false when it does not answer as it must.
  func isUsable(_ g: inout InputGenerator) throws -> Bool
}

extension VirtIOSubject {
  var usesWindow: Bool { true }
  var isSound: Bool { true }
  func renew(_ g: inout InputGenerator) {}
  func happen(_ g: inout InputGenerator) {}
  func prepare() {}

  /// The description of a device.
  static func device(_ kind: PCIDevice.Kind) -> PCIDevice {
    PCIDevice(kind, number: FuzzVirtIOBench.number)
  }
}

extension InputGenerator {
  /// So many bytes, of which a few repeat.
  mutating func bytes(_ count: Int) -> [UInt8] {
    let word = next().littleEndianBytes
    return (0..<count).map { word[$0 & 7] }
  }
}
