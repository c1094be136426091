internal import GuestMemory
internal import MachineDescription

/// The capability VIRTIO_PCI_CAP_PCI_CFG (virtio 1.2, 4.1.4.9): the regions through configuration
/// space, for programs that have not placed them.
struct VirtIOConfigurationWindow: Sendable {
  /// Offsets in the capability.
  private enum Place {
    static let bar = 4
    static let offset = 8
    static let length = 12
    static let data = 16
  }

  /// BAR, offset, length and data can be written.
  static let capability = PCICapability(
    9, [20, 5] + [UInt8](repeating: 0, count: 16),
    writable: [0, 0, 0xFF, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 12))

  private unowned let function: PCIFunction
  /// Where the capability is in configuration space.
  private let place: Int

  /// The window of a function whose last capability it is; nil when the function has none.
  init?(_ function: PCIFunction) {
    guard let last = function.capabilityPlaces.last, let place = last else { return nil }
    (self.function, self.place) = (function, place)
  }

  /// Reads or writes a region as the capability's fields say, when its data are accessed.
  func access(_ register: Int, _ size: Int, _ written: UInt32?) -> UInt32? {
    let data = place + Place.data
    guard register == data else { return nil }
    let length = Int(function.read(place + Place.length, size: 4))
    let offset = UInt64(function.read(place + Place.offset, size: 4))
    let bar = Int(function.read(place + Place.bar, size: 1))
    guard [1, 2, 4].contains(length), length <= size, offset.isMultiple(of: UInt64(length)),
      let region = function.regions.first(where: { $0.number == bar }),
      offset < region.size, let registers = function.registers(ofRegion: bar)
    else { return nil }
    let mask: UInt64 = .max >> UInt64(64 - 8 * length)
    guard let written else {
      return UInt32(truncatingIfNeeded: registers.load(at: offset, size: length) & mask)
    }
    registers.store(UInt64(written) & mask, at: offset, size: length)
    return nil
  }
}
