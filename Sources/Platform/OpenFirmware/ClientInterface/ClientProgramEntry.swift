public import GuestMemory
internal import PowerISA

/// How a client program is entered (PA binding, Initial Program State), and what the firmware keeps
/// in guest memory while it runs.
///
///     0x0000  interrupt vectors, the client's to fill
///     0x4000  entry of the client interface
///     0x4100  where processors wait for start through memory
///     0x6000  the client's initial stack, 40 KiB
///    0x10000  end
///
/// All of it is claimed while the firmware lives, and the client's after `quiesce`.
public struct ClientProgramEntry: Hashable, Sendable {
  /// The memory that the firmware claims for itself.
  public static let reserved: Range<UInt64> = 0..<0x1_0000
  /// Entry of the client interface, in r5.
  public static let clientInterface: UInt64 = 0x4000
  /// Entry of the hold loop: r3 for the program, r4 the address of the word to wait for.
  public static let hold: UInt64 = 0x4100
  /// The initial stack grows down from here.
  public static let stackTop: UInt64 = 0x1_0000

  /// Address of the first instruction.
  public var address: UInt64
  /// Whether the program starts in 64-bit mode. The binding says 32-bit, but all firmware starts
  /// 64-bit programs in 64-bit mode, and they rely on it.
  public var sixtyFourBit: Bool
  /// In r3 and r4: an initial RAM disk, 0 without.
  public var initialRAMDisk: Range<UInt64>?

  /// The entry of a program at a real address.
  public init(address: UInt64, sixtyFourBit: Bool, initialRAMDisk: Range<UInt64>? = nil) {
    self.address = address
    self.sixtyFourBit = sixtyFourBit
    self.initialRAMDisk = initialRAMDisk
  }

  /// Real mode, big-endian, supervisor; floating point and machine checks on.
  public var machineState: UInt64 { MSR.fp | MSR.me | (sixtyFourBit ? MSR.sf : 0) }

  /// General registers that are not zero.
  public var generalRegisters: [(register: Int, value: UInt64)] {
    [
      // Room above for the linkage area of either ABI, and 16-byte alignment.
      (1, Self.stackTop - 112),
      (3, initialRAMDisk?.lowerBound ?? 0),
      (4, initialRAMDisk.map { $0.upperBound - $0.lowerBound } ?? 0),
      (5, Self.clientInterface),
    ]
  }

  /// Copies the stubs to ``clientInterface`` and ``hold``.
  public static func placeStubs(in memory: GuestMemory) throws(GuestMemoryError) {
    try memory.write(FirmwareImages.clientInterface, at: clientInterface)
    try memory.write(FirmwareImages.hold, at: hold)
  }
}
