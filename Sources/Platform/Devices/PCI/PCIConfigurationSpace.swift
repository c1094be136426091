internal import HostSupport

/// The configuration space of a PCI function, little-endian (PCI Local Bus Specification 6.1).
struct PCIConfigurationSpace: Equatable, Sendable {
  /// Bytes that a function has.
  static let size = 256

  /// Registers of the header that every function has.
  enum Register {
    static let vendor = 0x00
    static let device = 0x02
    static let command = 0x04
    static let status = 0x06
    static let revision = 0x08
    static let classCode = 0x09
    static let baseAddress = 0x10
    static let subsystemVendor = 0x2C
    static let subsystem = 0x2E
    static let capabilities = 0x34
    static let interruptLine = 0x3C
    static let interruptPin = 0x3D
    static let firstCapability = 0x40
  }

  /// Bits of the command register.
  enum Command {
    static let memory: UInt16 = 0x0002
    static let busMaster: UInt16 = 0x0004
    static let interruptDisable: UInt16 = 0x0400
    /// Those that can be set: I/O space, memory space, bus master, parity error response, SERR#
    /// enable, interrupt disable.
    static let writable: UInt16 = 0x0547
  }

  private(set) var bytes = [UInt8](repeating: 0, count: size)
  /// Bits that writes of the guest change.
  private var writable = [UInt8](repeating: 0, count: size)
  private var nextCapability = Register.firstCapability
  /// Where the offset of the next capability is to be stored.
  private var link = Register.capabilities

  /// The value of 1, 2 or 4 bytes; all ones beyond the end.
  func read(_ register: Int, size: Int) -> UInt32 {
    guard register >= 0, register + size <= Self.size else {
      return .max >> UInt32(32 - 8 * size)
    }
    return UInt32(littleEndianBytes: bytes[register..<register + size])
  }

  /// Stores the bits that the guest may change of 1, 2 or 4 bytes.
  mutating func write(_ value: UInt32, _ register: Int, size: Int) {
    guard register >= 0, register + size <= Self.size else { return }
    for index in 0..<size {
      let (place, byte) = (register + index, UInt8(truncatingIfNeeded: value >> UInt32(8 * index)))
      bytes[place] = bytes[place] & ~writable[place] | byte & writable[place]
    }
  }

  /// Sets a value, whatever the guest may change.
  mutating func set<T: FixedWidthInteger>(_ value: T, at register: Int) {
    bytes.replaceSubrange(register..<register + MemoryLayout<T>.size, with: value.littleEndianBytes)
  }

  /// Lets the guest change bits.
  mutating func allow<T: FixedWidthInteger>(_ mask: T, at register: Int) {
    writable.replaceSubrange(
      register..<register + MemoryLayout<T>.size, with: mask.littleEndianBytes)
  }

  /// Adds a capability.
  /// - Parameters:
  ///   - id: the capability's number.
  ///   - body: what comes after the number and the offset of the next one.
  /// - Returns: where the capability begins; nil when there is no room.
  mutating func addCapability(_ id: UInt8, _ body: [UInt8]) -> Int? {
    let (place, end) = (nextCapability, nextCapability + 2 + body.count)
    guard end <= Self.size else { return nil }
    bytes[link] = UInt8(place)
    bytes[place] = id
    bytes.replaceSubrange(place + 2..<end, with: body)
    // Status: there is a list of capabilities.
    bytes[Register.status] |= 0x10
    (link, nextCapability) = (place + 1, (end + 3) & ~3)
    return place
  }

  /// Takes the bits that the guest may change from saved bytes.
  /// - Returns: false, and nothing is changed, when the others are not the same: those of the status
  ///   register apart, which follow from the function's state.
  mutating func restore(_ saved: [UInt8]) -> Bool {
    guard saved.count == Self.size,
      saved.indices.allSatisfy({
        (saved[$0] ^ bytes[$0]) & ~writable[$0] == 0 || $0 == Register.status
      })
    else { return false }
    for index in saved.indices {
      bytes[index] = bytes[index] & ~writable[index] | saved[index] & writable[index]
    }
    return true
  }

  /// The value of the command register.
  var command: UInt16 {
    // Devices look at it with each request.
    UInt16(bytes[Register.command]) | UInt16(bytes[Register.command + 1]) << 8
  }
}
