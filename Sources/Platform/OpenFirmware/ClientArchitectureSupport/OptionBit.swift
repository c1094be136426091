/// A single-bit option of an option vector.
public struct OptionBit: Hashable, Sendable {
  /// The number of its option vector.
  public let vector: Int
  /// Byte from 1 and bit from 0, the most significant.
  public let byte: Int
  /// The bit of the byte, 0 being the most significant.
  public let bit: Int
  /// What traces and reports call the option.
  public let name: String

  init(_ vector: Int, _ byte: Int, _ bit: Int, _ name: String) {
    self.vector = vector
    self.byte = byte
    self.bit = bit
    self.name = name
  }

  /// The bit as a mask of its byte.
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

  /// Vector 2: the client is entered in real mode.
  public static let realMode = OptionBit(2, 1, 2, "real mode")

  /// Vector 3: floating-point instructions.
  public static let floatingPoint = OptionBit(3, 2, 0, "floating point")
  /// Vector 3: vector instructions.
  public static let vmx = OptionBit(3, 2, 1, "VMX")
  /// Vector 3: decimal floating-point instructions.
  public static let decimal = OptionBit(3, 2, 2, "decimal floating point")
  /// Vector 3: the decimal floating-point facility of version 2.05.
  public static let decimalFacility = OptionBit(3, 2, 3, "decimal floating-point facility")
  static let processorOptions = [floatingPoint, vmx, decimal, decimalFacility]
}

// Vector 5.
extension OptionBit {
  /// The client supports 64-bit TCEs of partitionable endpoints.
  public static let widePETCEs = OptionBit(5, 1, 2, "64-bit PE TCEs")
  /// The platform is divided into logical partitions.
  public static let lpar = OptionBit(5, 2, 0, "LPAR")
  /// Processors may be shared: the calls of `hcall-splpar` are used.
  public static let splpar = OptionBit(5, 2, 1, "SPLPAR")
  /// `ibm,dynamic-reconfiguration-memory` describes memory.
  public static let dynamicMemory = OptionBit(5, 2, 2, "dynamic-reconfiguration-memory")
  /// Pages larger than 4 KiB.
  public static let largePages = OptionBit(5, 2, 3, "large pages")
  /// The client may be an alpha partition.
  public static let alphaPartition = OptionBit(5, 2, 4, "alpha partition")
  /// The client allows for a long H_MIGRATE_DMA.
  public static let migrateDMADelays = OptionBit(5, 2, 5, "long H_MIGRATE_DMA")
  /// The client may donate cycles of dedicated processors.
  public static let donateCycles = OptionBit(5, 2, 6, "donate cycles")
  /// Message-signaled interrupts of PCI Express.
  public static let msi = OptionBit(5, 2, 7, "PCI Express MSI")
  /// TCEs of large pages for I/O.
  public static let superPages = OptionBit(5, 3, 0, "I/O super pages")
  /// Cooperative memory over-commitment.
  public static let cmo = OptionBit(5, 4, 0, "memory over-commitment")
  /// Cooperative memory over-commitment with the calls of `hcall-cmo-x`.
  public static let extendedCMO = OptionBit(5, 4, 1, "extended memory over-commitment")
  /// `ibm,associativity` in form 1.
  public static let associativityForm1 = OptionBit(5, 5, 0, "associativity form 1")
  /// Affinity changes are notified (PRRN).
  public static let reassignment = OptionBit(5, 5, 1, "resource reassignment notification")
  /// `ibm,associativity` in form 2.
  public static let associativityForm2 = OptionBit(5, 5, 2, "associativity form 2")
  /// The client supports multiple TCE tables (MTT).
  public static let mtt = OptionBit(5, 6, 0, "MTT")
  /// Active memory compression.
  public static let memoryCompression = OptionBit(5, 6, 2, "memory compression")
  /// The timebase can be synchronized.
  public static let timebaseSync = OptionBit(5, 6, 3, "timebase synchronization")
  /// Hotplug by interrupts, not by polling.
  public static let hotplugInterrupts = OptionBit(5, 6, 5, "hotplug interrupts")
  /// Several hotplug slots under one PCI host bridge.
  public static let hotplugSlots = OptionBit(5, 6, 6, "several hotplug slots per PHB")
  /// H_RESIZE_HPT_PREPARE and H_RESIZE_HPT_COMMIT.
  public static let hashTableResize = OptionBit(5, 6, 7, "HPT resize")
  /// Dynamic DMA windows of SR-IOV functions.
  public static let sriovWindows = OptionBit(5, 8, 0, "SR-IOV dynamic DMA windows")
  /// The random number generator of the NX coprocessor.
  public static let randomNumbers = OptionBit(5, 17, 0, "random number generator")
  /// The compression engine of the NX coprocessor.
  public static let compression = OptionBit(5, 17, 1, "compression engine")
  /// The encryption engine of the NX coprocessor.
  public static let encryption = OptionBit(5, 17, 2, "encryption engine")
  /// `ibm,dynamic-memory-v2` in place of `ibm,dynamic-memory`.
  public static let dynamicMemory2 = OptionBit(5, 22, 0, "dynamic-memory-v2")
  /// `ibm,drc-info` in place of four `ibm,drc-…` properties.
  public static let drcInfo = OptionBit(5, 22, 1, "drc-info")
  /// Translation by the nest MMU.
  public static let nestMMU = OptionBit(5, 24, 2, "nest MMU")
  /// Segment tables of hashed translation in the partition's memory.
  public static let hashSegmentTables = OptionBit(5, 25, 0, "hash segment tables")
  /// The guest invalidates translations itself in hashed translation (LPCR[GTSE]).
  public static let hashGTSE = OptionBit(5, 25, 1, "hash GTSE")
  /// The guest invalidates translations itself in radix translation (LPCR[GTSE]).
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
