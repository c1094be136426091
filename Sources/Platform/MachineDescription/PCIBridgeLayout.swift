internal import HostSupport

/// Where a PCI host bridge has what: addresses and numbers that the tree lists and the bridge uses,
/// as QEMU's machine has them.
public struct PCIBridgeLayout: Hashable, Sendable {
  /// Number of the bridge, from 0 on.
  public let number: UInt32

  /// The layout of a bridge by its number.
  public init(number: UInt32) { self.number = number }

  /// The most bridges: each has four interrupt lines.
  public static let limit: UInt32 = 64
  /// Real addresses from here on are those of bridges; memory ends below.
  public static let firstAddress: UInt64 = 0x2000_0000_0000

  /// The unit identifier (BUID).
  public var unit: UInt64 { 0x0800_0000_2000_0000 + UInt64(number) }
  /// The name of its node.
  public var nodeName: String { "pci@" + unit.hexDigits() }

  /// A range of bus addresses, and where processors find it.
  public struct Window: Hashable, Sendable {
    /// Real address.
    public let real: UInt64
    /// Address on the bus.
    public let bus: UInt64
    /// Bytes.
    public let size: UInt64

    /// The real address of a range of bus addresses, when all of it is in the window.
    public func real(of address: UInt64, size count: UInt64) -> UInt64? {
      guard address >= bus, address - bus < size, count <= size - (address - bus) else {
        return nil
      }
      return real + (address - bus)
    }
  }

  /// I/O space.
  public var io: Window {
    Window(real: Self.firstAddress + UInt64(number) << 16, bus: 0, size: 0x1_0000)
  }
  /// Memory space below 4 GiB.
  public var memory32: Window {
    let base: UInt64 = 0x8000_0000
    return Window(real: Self.firstAddress + UInt64(number + 1) << 31, bus: base, size: base)
  }
  /// Memory space beyond 4 GiB.
  public var memory64: Window {
    let base = 0x2100_0000_0000 + UInt64(number) << 40
    return Window(real: base, bus: base, size: 1 << 40)
  }

  /// Logical I/O bus number of the default DMA window.
  public var bus: UInt32 { 0x8000_0000 | number << 8 }
  /// Logical I/O bus number of the window that a guest can make.
  public var dynamicBus: UInt32 { bus | 1 }
  /// Base-2 logarithm of the default window's bytes: 1 GiB, from bus address 0 on.
  public static let windowShift: UInt64 = 30
  /// The first bus address of the window that a guest can make.
  public static let dynamicWindowStart: UInt64 = 1 << 59
  /// Base-2 logarithms of its page sizes.
  public static let pageShifts: [UInt64] = [12, 16, 24]

  /// The interrupt source of INTA to INTD of a device: lines rotate with the device's number.
  public func line(ofDevice device: Int, pin: Int = 0) -> UInt32 {
    InterruptSource.pciLine(UInt32((device + pin) & 3), of: number)
  }
}
