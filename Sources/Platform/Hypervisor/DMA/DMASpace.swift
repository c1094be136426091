public import GuestMemory
internal import HostSupport
public import MachineDescription
internal import Synchronization

/// An address on an I/O bus.
public struct BusAddress: RawRepresentable, Hashable, Sendable, Comparable {
  /// Byte offset on the bus.
  public let rawValue: UInt64
  /// An address from its number.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// An address from its number.
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// Orders addresses by their numbers.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  /// The address so many bytes further on, modulo 2^64.
  public static func + (address: Self, bytes: UInt64) -> Self {
    Self(address.rawValue &+ bytes)
  }
}

/// Why a device could not reach memory.
public enum DMAError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No window has the address, or its entry does not allow the access.
  case fault(BusAddress, DMAAccess)

  /// The access and the bus address.
  public var description: String {
    switch self {
    case .fault(let address, let access):
      "no DMA \(access.contains(.write) ? "write" : "read") at bus address "
        + address.rawValue.hexadecimal()
    }
  }
}

/// The memory of a partition as the devices of one bus reach it: through the windows of the bus.
///
/// Safe to use from any thread, except for writes: `GuestMemory` notes them on the machine's
/// thread.
public final class DMASpace: Sendable {
  /// The memory that the windows map.
  public let memory: GuestMemory
  private let windows = Mutex<[TCETable]>([])

  /// Whether addresses are real addresses.
  private let isReal: Bool

  /// A bus without windows.
  public init(memory: GuestMemory) { (self.memory, isReal) = (memory, false) }

  /// Memory by real addresses, for a device that by its specification does not use its bus's windows.
  public init(realAddressesOf memory: GuestMemory) { (self.memory, isReal) = (memory, true) }

  /// Memory as a VIO device reaches it: through one window, from bus address 0 on, whose number is the
  /// device's unit address.
  public convenience init(of device: VIODevice, memory: GuestMemory) {
    self.init(memory: memory)
    let window = TCETable(
      bus: device.unitAddress, start: 0, pageShift: 12, sizeShift: VIODevice.windowShift)
    // Without it every access is a fault.
    if let window { add(window) }
  }

  /// The windows in the order in which they were made.
  public var tables: [TCETable] { windows.withLock { $0 } }

  /// Adds a window.
  public func add(_ table: TCETable) { windows.withLock { $0.append(table) } }

  /// Removes the window of a logical I/O bus number.
  public func remove(bus: UInt32) { windows.withLock { $0.removeAll { $0.bus == bus } } }

  /// A run of bytes of memory that are one after the other on the bus.
  public struct Piece: Hashable, Sendable {
    /// Real address.
    public var real: UInt64
    /// Bytes.
    public var count: Int
  }

  /// Where bytes of the bus are in memory.
  /// - Throws: ``DMAError/fault(_:_:)`` when not all of them are memory that allows the access.
  public func pieces(
    _ address: BusAddress, count: Int, _ access: DMAAccess
  ) throws(DMAError) -> [Piece] {
    var pieces: [Piece] = []
    var (address, left) = (address, UInt64(max(count, 0)))
    let tables = tables
    while left > 0 {
      guard let (real, available) = translate(address, access, tables) else {
        throw .fault(address, access)
      }
      let length = min(available, left)
      guard memory.contains(real, count: length) else { throw .fault(address, access) }
      if let last = pieces.last, last.real + UInt64(last.count) == real {
        pieces[pieces.count - 1].count += Int(length)
      } else {
        pieces.append(Piece(real: real, count: Int(length)))
      }
      address = address + length
      left -= length
    }
    return pieces
  }

  private func translate(
    _ address: BusAddress, _ access: DMAAccess, _ tables: [TCETable]
  ) -> (real: UInt64, available: UInt64)? {
    if isReal {
      let real = address.rawValue
      return real < memory.size ? (real, memory.size - real) : nil
    }
    for table in tables {
      if let found = table.translate(address.rawValue, access) { return found }
    }
    return nil
  }

  /// Reads bytes.
  /// - Parameters:
  ///   - count: bytes; what a guest asks for is limited by the caller.
  ///   - address: address of the first byte on the bus.
  public func read(_ count: Int, at address: BusAddress) throws(DMAError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(max(count, 0))
    for piece in try pieces(address, count: count, .read) {
      bytes += (try? memory.read(piece.count, at: piece.real)) ?? []
    }
    return bytes
  }

  /// Writes bytes; none when not all can be written.
  public func write(_ bytes: some Collection<UInt8>, at address: BusAddress) throws(DMAError) {
    var rest = Array(bytes)[...]
    for piece in try pieces(address, count: rest.count, .write) {
      try? memory.write(rest.prefix(piece.count), at: piece.real)
      rest = rest.dropFirst(piece.count)
    }
  }

  /// Reads a little-endian integer.
  public func read<T: FixedWidthInteger>(
    _: T.Type = T.self, at address: BusAddress
  ) throws(DMAError) -> T {
    // Within a page nothing is allocated.
    let size = MemoryLayout<T>.size
    if let (real, available) = translate(address, .read, tables),
      available >= UInt64(size), let value = try? memory.read(T.self, at: real, .little)
    {
      return value
    }
    return T(littleEndianBytes: try read(size, at: address))
  }

  /// Writes a little-endian integer.
  public func write<T: FixedWidthInteger>(_ value: T, at address: BusAddress) throws(DMAError) {
    let size = MemoryLayout<T>.size
    if let (real, available) = translate(address, .write, tables),
      available >= UInt64(size), (try? memory.write(value, at: real, .little)) != nil
    {
      return
    }
    try write(value.littleEndianBytes, at: address)
  }
}
