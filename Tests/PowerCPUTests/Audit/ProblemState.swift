import GuestMemory
import PowerISA

@testable import PowerCPU

/// A processor in problem state, process 7, in the lowest 2 MiB of a radix tree: pages of 64 KiB
/// mapped one to one, code at 0x30000.
struct ProblemState {
  let processor: VirtualProcessor
  var memory: GuestMemory { processor.memory }
  static let code: UInt64 = 0x3_0000
  /// The MSR of a program in big-endian byte order.
  static let machineState = MSR.sf | MSR.pr | MSR.me | MSR.fp | MSR.vec | MSR.vsx
  private static let leaves: UInt64 = 0x12_2000

  init(_ model: ProcessorModel = .power10, sharing other: ProblemState? = nil) throws {
    processor = VirtualProcessor(
      index: other == nil ? 0 : 1, hardware: model,
      memory: try other?.memory ?? GuestMemory(size: 16 << 20), clock: FixedClock())
    // RTS 21 (52 bits), root of 2^13 entries; then 9, 9 and 5 bits of index.
    try memory.write(0x4000_0000_0000_00AD | 0x10_0000 as UInt64, at: 0x1_0000 + 7 * 16)
    try memory.write(0x8000_0000_0000_0009 | 0x12_0000 as UInt64, at: 0x10_0000)
    try memory.write(0x8000_0000_0000_0009 | 0x12_1000 as UInt64, at: 0x12_0000)
    try memory.write(0x8000_0000_0000_0005 | Self.leaves as UInt64, at: 0x12_1000)
    processor.setProcessTable(ProcessTable(base: 0x1_0000, size: 0x1000, isRadix: true))
    try map(3)
    processor.write(.pid, 7)
  }

  /// Maps 64 KiB page `number`, which problem state may read, write and execute.
  func map(_ number: UInt64) throws {
    try memory.write(
      RadixEntry.valid | RadixEntry.leaf | number << 16 | RadixEntry.read | RadixEntry.write
        | RadixEntry.execute, at: Self.leaves + number * 8)
  }

  /// The page table's entry of a page.
  func entry(_ number: UInt64) throws -> UInt64 {
    try memory.read(UInt64.self, at: Self.leaves + number * 8)
  }

  /// Runs words in problem state; `count` instructions, by default each once.
  func execute(_ words: [UInt32], littleEndian: Bool = false, count: Int? = nil) throws {
    processor.machineState = Self.machineState | (littleEndian ? MSR.le : 0)
    try processor.execute(words, at: Self.code, littleEndian: littleEndian, count: count)
  }
}
