/// A single-bit option of an option vector.
public struct OptionBit: Hashable, Sendable {
  /// The number of its option vector.
  public let vector: Int
  /// Byte from 1 and bit from 0, the most significant.
  public let byte: Int
  public let bit: Int
  public let name: String

  init(_ vector: Int, _ byte: Int, _ bit: Int, _ name: String) {
    self.vector = vector
    self.byte = byte
    self.bit = bit
    self.name = name
  }

  public var mask: UInt8 { 0x80 >> UInt8(bit & 7) }
}

extension OptionBit: CustomStringConvertible {
  /// As in `radix GTSE (5: 26.1)`.
  public var description: String { "\(name) (\(vector): \(byte).\(bit))" }
}

// Vectors 1 to 3.
extension OptionBit {
  /// Levels of the architecture, oldest first. 3.00 is "2.08" in LoPAR; 3.1 is newer than LoPAR 2.9.
  static let levels = [
    OptionBit(1, 2, 0, "2.00"), OptionBit(1, 2, 1, "2.01"), OptionBit(1, 2, 2, "2.02"),
    OptionBit(1, 2, 3, "2.03"), OptionBit(1, 2, 4, "2.04"), OptionBit(1, 2, 5, "2.05"),
    OptionBit(1, 2, 6, "2.06"), OptionBit(1, 2, 7, "2.07"), OptionBit(1, 3, 0, "3.0"),
    OptionBit(1, 3, 1, "3.1"),
  ]

  public static let realMode = OptionBit(2, 1, 2, "real mode")

  public static let floatingPoint = OptionBit(3, 2, 0, "floating point")
  public static let vmx = OptionBit(3, 2, 1, "VMX")
  public static let decimal = OptionBit(3, 2, 2, "decimal floating point")
  public static let decimalFacility = OptionBit(3, 2, 3, "decimal floating-point facility")
  static let processorOptions = [floatingPoint, vmx, decimal, decimalFacility]
}

// Vector 5.
extension OptionBit {
  public static let widePETCEs = OptionBit(5, 1, 2, "64-bit PE TCEs")
  public static let lpar = OptionBit(5, 2, 0, "LPAR")
  public static let splpar = OptionBit(5, 2, 1, "SPLPAR")
  public static let dynamicMemory = OptionBit(5, 2, 2, "dynamic-reconfiguration-memory")
  public static let largePages = OptionBit(5, 2, 3, "large pages")
  public static let alphaPartition = OptionBit(5, 2, 4, "alpha partition")
  public static let migrateDMADelays = OptionBit(5, 2, 5, "long H_MIGRATE_DMA")
  public static let donateCycles = OptionBit(5, 2, 6, "donate cycles")
  public static let msi = OptionBit(5, 2, 7, "PCI Express MSI")
  public static let superPages = OptionBit(5, 3, 0, "I/O super pages")
  public static let cmo = OptionBit(5, 4, 0, "memory over-commitment")
  public static let extendedCMO = OptionBit(5, 4, 1, "extended memory over-commitment")
  public static let associativityForm1 = OptionBit(5, 5, 0, "associativity form 1")
  public static let reassignment = OptionBit(5, 5, 1, "resource reassignment notification")
  public static let associativityForm2 = OptionBit(5, 5, 2, "associativity form 2")
  public static let mtt = OptionBit(5, 6, 0, "MTT")
  public static let memoryCompression = OptionBit(5, 6, 2, "memory compression")
  public static let timebaseSync = OptionBit(5, 6, 3, "timebase synchronization")
  public static let hotplugInterrupts = OptionBit(5, 6, 5, "hotplug interrupts")
  public static let hotplugSlots = OptionBit(5, 6, 6, "several hotplug slots per PHB")
  public static let hashTableResize = OptionBit(5, 6, 7, "HPT resize")
  public static let sriovWindows = OptionBit(5, 8, 0, "SR-IOV dynamic DMA windows")
  public static let randomNumbers = OptionBit(5, 17, 0, "random number generator")
  public static let compression = OptionBit(5, 17, 1, "compression engine")
  public static let encryption = OptionBit(5, 17, 2, "encryption engine")
  public static let dynamicMemory2 = OptionBit(5, 22, 0, "dynamic-memory-v2")
  public static let drcInfo = OptionBit(5, 22, 1, "drc-info")
  public static let nestMMU = OptionBit(5, 24, 2, "nest MMU")
  public static let hashSegmentTables = OptionBit(5, 25, 0, "hash segment tables")
  public static let hashGTSE = OptionBit(5, 25, 1, "hash GTSE")
  public static let radixGTSE = OptionBit(5, 26, 1, "radix GTSE")

  /// Options that are on when both sides support them. The fields of several bits (processor limit,
  /// LoPAR level, sub-processors, interrupt and translation modes) are negotiated separately.
  public static let platformOptions = [
    widePETCEs, lpar, splpar, dynamicMemory, largePages, alphaPartition, migrateDMADelays,
    donateCycles, msi, superPages, cmo, extendedCMO, associativityForm1, reassignment,
    associativityForm2, mtt, memoryCompression, timebaseSync, hotplugInterrupts, hotplugSlots,
    hashTableResize, sriovWindows, randomNumbers, compression, encryption, dynamicMemory2, drcInfo,
    nestMMU, hashSegmentTables, hashGTSE, radixGTSE,
  ]
}
