internal import HostSupport
internal import Synchronization

/// Registers of a device that loads and stores of the guest reach.
///
/// Values are as on a little-endian bus: the byte at the lowest address is the least significant.
public protocol DeviceRegisters: AnyObject, Sendable {
  /// What a load finds.
  /// - Parameters:
  ///   - offset: bytes from the first register, a multiple of `size`.
  ///   - size: bytes: 1, 2, 4 or 8, all of the region.
  /// - Returns: the value; bits beyond `size` are ignored.
  func load(at offset: UInt64, size: Int) -> UInt64

  /// Takes what a store wrote.
  /// - Parameters:
  ///   - value: bits beyond `size` are zero.
  ///   - offset: bytes from the first register, a multiple of `size`.
  ///   - size: bytes: 1, 2, 4 or 8, all of the region.
  func store(_ value: UInt64, at offset: UInt64, size: Int)
}

/// Real addresses of a partition: memory from 0 on, and the registers of devices beyond it.
///
/// Safe to use from any thread.
public final class RealAddressSpace: Sendable {
  /// The memory, from real address 0 on.
  public let memory: GuestMemory

  /// Registers, and where they are.
  public struct Region: Sendable {
    /// Real address of the first byte.
    public let base: UInt64
    /// Bytes.
    public let size: UInt64
    /// The registers that the region holds.
    public let registers: any DeviceRegisters

    /// Whether `count` bytes at a real address are all of the region.
    func contains(_ address: UInt64, count: UInt64) -> Bool {
      address >= base && address - base < size && count <= size - (address - base)
    }
  }

  /// In the order of their addresses.
  private let regions = Mutex<[Region]>([])

  /// Memory and no devices.
  public init(memory: GuestMemory) { self.memory = memory }

  // MARK: devices

  /// Puts registers at a real address.
  /// - Throws: ``RealAddressError/overlap(base:size:)`` when memory or other registers are there, or
  ///   the addresses wrap.
  public func add(
    _ registers: any DeviceRegisters, at base: UInt64, size: UInt64
  ) throws(RealAddressError) {
    let (end, wraps) = base.addingReportingOverflow(size)
    let isAdded = regions.withLock { regions in
      let place = regions.firstIndex { $0.base >= base } ?? regions.endIndex
      guard size > 0, !wraps, base >= memory.size,
        place == 0 || regions[place - 1].base + regions[place - 1].size <= base,
        place == regions.endIndex || end <= regions[place].base
      else { return false }
      regions.insert(Region(base: base, size: size, registers: registers), at: place)
      return true
    }
    if !isAdded { throw .overlap(base: base, size: size) }
  }

  /// Takes the registers at a real address away; without effect where there are none.
  public func remove(at base: UInt64) {
    regions.withLock { regions in regions.removeAll { $0.base == base } }
  }

  /// The registers of devices, in the order of their addresses.
  public var devices: [Region] { regions.withLock { $0 } }

  /// The region that holds all `count` bytes at a real address.
  public func region(at address: UInt64, count: UInt64 = 1) -> Region? {
    regions.withLock { regions in
      // Binary search for the last region that begins at or before the address.
      var (low, high) = (0, regions.count)
      while low < high {
        let middle = (low + high) / 2
        if regions[middle].base <= address { low = middle + 1 } else { high = middle }
      }
      guard low > 0, regions[low - 1].contains(address, count: count) else { return nil }
      return regions[low - 1]
    }
  }

  // MARK: accesses without translation

  /// Loads from memory or from a device's registers.
  /// - Parameters:
  ///   - address: real address, aligned to `size`.
  ///   - size: bytes: 1, 2, 4 or 8.
  /// - Returns: the value in big-endian order; nil when nothing is there.
  public func load(at address: UInt64, size: Int) -> UInt64? {
    if memory.contains(address, count: UInt64(size)) {
      return switch size {
      case 1: (try? memory.read(UInt8.self, at: address)).map(UInt64.init)
      case 2: (try? memory.read(UInt16.self, at: address)).map(UInt64.init)
      case 4: (try? memory.read(UInt32.self, at: address)).map(UInt64.init)
      default: try? memory.read(UInt64.self, at: address)
      }
    }
    guard let region = region(at: address, count: UInt64(size)) else { return nil }
    return region.registers.load(at: address - region.base, size: size).reversed(bytes: size)
  }

  /// Stores to memory or to a device's registers.
  /// - Parameters:
  ///   - value: in big-endian order; bits beyond `size` are ignored.
  ///   - address: real address, aligned to `size`.
  ///   - size: bytes: 1, 2, 4 or 8.
  /// - Returns: false when nothing is there.
  public func store(_ value: UInt64, at address: UInt64, size: Int) -> Bool {
    if memory.contains(address, count: UInt64(size)) {
      switch size {
      case 1: try? memory.write(UInt8(truncatingIfNeeded: value), at: address)
      case 2: try? memory.write(UInt16(truncatingIfNeeded: value), at: address)
      case 4: try? memory.write(UInt32(truncatingIfNeeded: value), at: address)
      default: try? memory.write(value, at: address)
      }
      return true
    }
    guard let region = region(at: address, count: UInt64(size)) else { return false }
    region.registers.store(value.reversed(bytes: size), at: address - region.base, size: size)
    return true
  }
}

/// Why registers cannot be where they are wanted.
public enum RealAddressError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Memory or other registers are there, or the region goes beyond the last address.
  case overlap(base: UInt64, size: UInt64)

  /// The bytes and the real address.
  public var description: String {
    switch self {
    case .overlap(let base, let size):
      "\(size) bytes at \(base.hexadecimal()) overlap memory or another device"
    }
  }
}

extension UInt64 {
  /// The low `count` bytes, 1 to 8, in the opposite order; the others are zero.
  @inlinable
  public func reversed(bytes count: Int) -> UInt64 {
    byteSwapped >> UInt64(64 - 8 * count)
  }
}
