import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// Interrupts, invalid forms and modes of loads, stores and atomic accesses.
@Suite struct FixedPointStorageTests {
  static let base: UInt64 = 0x8000

  /// A processor whose r4 points at storage.
  private func processor(
    _ model: ProcessorModel = .power10, littleEndian: Bool = false
  ) throws -> VirtualProcessor {
    let processor = try VirtualProcessor.forTest(model)
    if littleEndian { processor.machineState |= MSR.le }
    processor[gpr: 4] = Self.base
    return processor
  }

  private func execute(
    _ processor: VirtualProcessor, _ spelling: String, _ values: Int64...
  ) throws {
    let littleEndian = processor.machineState & MSR.le != 0
    try processor.execute(words(spelling, values), littleEndian: littleEndian, count: 1)
  }

  // MARK: invalid forms

  @Test(
    arguments: [
      ("lwzu", [5, 8, 0]), ("lwzu", [4, 8, 4]), ("ldux", [5, 0, 6]), ("lhau", [4, 2, 4]),
      ("stdu", [5, 8, 0]), ("stbux", [5, 0, 6]), ("lq", [4, 0, 4]), ("lqarx", [6, 4, 6, 0]),
      ("lswi", [3, 4, 8]), ("plwz", [5, 0, 4, 1]), ("paddi", [5, 4, 0, 1]),
      // RTp=RA without a register RA is invalid too.
      ("lq", [0, 16, 0]), ("plq", [0, 0, 0, 1]),
    ] as [(String, [Int64])])
  func invalidForms(_ spelling: String, _ values: [Int64]) throws {
    let processor = try processor()
    let before = processor[gpr: 4]
    try processor.execute(words(spelling, values), count: 1)
    #expect(processor.nextInstruction == 0x700)
    #expect(processor.read(.srr1) & InterruptCause.illegal != 0)
    #expect(processor[gpr: 4] == before)
  }

  // MARK: alignment interrupts

  @Test(
    arguments: [
      ("lmw", [28, 0, 4]), ("stmw", [28, 0, 4]), ("lswi", [6, 4, 4]), ("stswi", [6, 4, 4]),
      ("lswx", [6, 4, 7]), ("stswx", [6, 4, 7]),
    ] as [(String, [Int64])])
  func multiplesAreBigEndian(_ spelling: String, _ values: [Int64]) throws {
    let little = try processor(littleEndian: true)
    try little.execute(words(spelling, values), littleEndian: true)
    #expect(little.nextInstruction == 0x600)
    #expect(little.read(.dar) == Self.base)
    let big = try processor()
    try big.execute(words(spelling, values))
    #expect(big.nextInstruction == 0x1_0004)
  }

  @Test(
    arguments: [
      ("lmw", [28, 2, 4], 2), ("lwarx", [5, 0, 6, 0], 2), ("ldarx", [5, 0, 6, 0], 4),
      ("lharx", [5, 0, 6, 0], 1), ("lqarx", [8, 0, 6, 0], 8), ("stwcx.", [5, 0, 6], 2),
      ("stdcx.", [5, 0, 6], 4), ("stqcx.", [8, 0, 6], 8), ("ldat", [8, 6, 0], 4),
      ("copy", [0, 6], 64),
    ] as [(String, [Int64], UInt64)])
  func misalignment(_ spelling: String, _ values: [Int64], _ offset: UInt64) throws {
    let processor = try processor()
    processor[gpr: 6] = Self.base + offset
    try processor.execute(words(spelling, values))
    #expect(processor.nextInstruction == 0x600)
    #expect(processor.read(.dar) == Self.base + offset)
  }

  @Test func quadwordsBeforeLittleEndian() throws {
    let old = try processor(.power7, littleEndian: true)
    try execute(old, "lq", 6, 0, 4)
    #expect(old.nextInstruction == 0x600)
  }

  // MARK: modes

  @Test func updateKeepsTheWholeSumIn32BitMode() throws {
    let processor = try processor()
    processor.machineState &= ~MSR.sf
    processor[gpr: 4] = 0x5_0000_7FFC
    try processor.memory.write(UInt32(0xABCD), at: Self.base)
    try execute(processor, "lwzu", 5, 4, 4)
    #expect(processor[gpr: 5] == 0xABCD)
    #expect(processor[gpr: 4] == 0x5_0000_8000)
  }

  @Test func updateDoesNothingWhenInterrupted() throws {
    let processor = try processor()
    processor[gpr: 4] = 1 << 40
    processor[gpr: 5] = 7
    try execute(processor, "lwzu", 5, 4, 4)
    #expect(processor.nextInstruction < 0x1000)
    #expect(processor[gpr: 4] == 1 << 40)
    #expect(processor[gpr: 5] == 7)
  }

  @Test func prefixedRelativeToTheInstruction() throws {
    let processor = try processor()
    try processor.memory.write(UInt64(0x1122_3344_5566_7788), at: 0x1_0020)
    try execute(processor, "pld", 5, 0x20, 0, 1)
    #expect(processor[gpr: 5] == 0x1122_3344_5566_7788)
    #expect(processor.nextInstruction == 0x1_0008)
    try execute(processor, "paddi", 5, 0, -16, 1)
    #expect(processor[gpr: 5] == 0xFFF0)
  }

  @Test func prefixMayNotCross64Bytes() throws {
    let processor = try processor()
    try processor.execute(words("pld", [5, 0, 4, 0]), at: 0x1_003C, count: 1)
    #expect(processor.nextInstruction == 0x600)
    #expect(processor.read(.srr1) & InterruptCause.prefixCrossesBoundary != 0)
  }

  @Test func stringWithCountZeroLoadsNothing() throws {
    let processor = try processor()
    processor[gpr: 6] = 42
    try execute(processor, "lswx", 6, 0, 4)
    #expect(processor[gpr: 6] == 42)
    #expect(processor.nextInstruction == 0x1_0004)
  }

  @Test func stringWrapsToRegister0() throws {
    let processor = try processor()
    try processor.memory.write([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], at: Self.base)
    try execute(processor, "lswi", 30, 4, 10)
    #expect(processor[gpr: 30] == 0x0102_0304)
    #expect(processor[gpr: 31] == 0x0506_0708)
    #expect(processor[gpr: 0] == 0x090A_0000)
  }

  @Test(arguments: [false, true], [1, 3, 5, 7] as [UInt64])
  func accessesAcrossPages(littleEndian: Bool, offset: UInt64) throws {
    let processor = try processor(littleEndian: littleEndian)
    let order: Endianness = littleEndian ? .little : .big
    processor[gpr: 4] = Self.base + 0x1000 - offset
    processor[gpr: 5] = 0x0102_0304_0506_0708
    try execute(processor, "std", 5, 0, 4)
    let place = Self.base + 0x1000 - offset
    #expect(try processor.memory.read(UInt64.self, at: place, order) == 0x0102_0304_0506_0708)
    #expect(try processor.memory.read(UInt8.self, at: place + 8) == 0)
    try execute(processor, "ld", 6, 0, 4)
    #expect(processor[gpr: 6] == 0x0102_0304_0506_0708)
    try execute(processor, "lhz", 6, Int64(offset) - 1, 4)
    let halfword = try processor.memory.read(UInt16.self, at: place + offset - 1, order)
    #expect(processor[gpr: 6] == UInt64(halfword))
  }

  // MARK: cache blocks

  @Test func blockOfZeros() throws {
    let processor = try processor()
    try processor.memory.fill(0x200, at: Self.base, with: 0xFF)
    processor[gpr: 4] = Self.base + 0x90
    try execute(processor, "dcbz", 0, 4)
    let bytes = try processor.memory.read(0x200, at: Self.base)
    #expect(bytes.indices.allSatisfy { (bytes[$0] == 0) == (0x80..<0x100).contains($0) })
  }

  @Test func atomicFunctionThatIsNone() throws {
    let processor = try processor()
    try execute(processor, "lwat", 5, 4, 9)
    #expect(processor.nextInstruction == 0x300)
    #expect(processor.read(.dsisr) == 4)
  }

  // MARK: reservations

  @Test func storeConditional() throws {
    let processor = try processor()
    try processor.memory.write(UInt32(5), at: Self.base)
    try execute(processor, "lwarx", 5, 0, 4, 0)
    #expect(processor[gpr: 5] == 5)
    processor[gpr: 5] = 6
    processor.processor.state.pointee.xer = XER.so
    try execute(processor, "stwcx.", 5, 0, 4)
    #expect(processor.processor[.cr0] == 3)
    #expect(try processor.memory.read(UInt32.self, at: Self.base) == 6)
    // The reservation is gone.
    processor[gpr: 5] = 7
    try execute(processor, "stwcx.", 5, 0, 4)
    #expect(processor.processor[.cr0] == 1)
    #expect(try processor.memory.read(UInt32.self, at: Self.base) == 6)
  }

  @Test func storeByAnotherEndsTheReservation() throws {
    let processor = try processor()
    try execute(processor, "ldarx", 5, 0, 4, 0)
    try processor.memory.write(UInt64(9), at: Self.base)
    try execute(processor, "stdcx.", 5, 0, 4)
    #expect(processor.processor[.cr0] == 0)
    #expect(try processor.memory.read(UInt64.self, at: Self.base) == 9)
  }

  @Test func reservationsDoNotMix() throws {
    let processor = try processor()
    processor[gpr: 6] = Self.base + 8
    try execute(processor, "lwarx", 5, 0, 4, 0)
    try execute(processor, "stwcx.", 5, 0, 6)
    #expect(processor.processor[.cr0] == 0)
    try execute(processor, "lwarx", 5, 0, 4, 0)
    try execute(processor, "stdcx.", 5, 0, 4)
    #expect(processor.processor[.cr0] == 0)
  }

  @Test(arguments: [false, true])
  func quadwordReservation(littleEndian: Bool) throws {
    let processor = try processor(littleEndian: littleEndian)
    let order: Endianness = littleEndian ? .little : .big
    let value: UInt128 = 0x0011_2233_4455_6677_8899_AABB_CCDD_EEFF
    try processor.memory.write(value, at: Self.base, order)
    try execute(processor, "lqarx", 8, 0, 4, 0)
    #expect(processor[gpr: 8] == 0x0011_2233_4455_6677)
    #expect(processor[gpr: 9] == 0x8899_AABB_CCDD_EEFF)
    processor[gpr: 9] = 1
    try execute(processor, "stqcx.", 8, 0, 4)
    #expect(processor.processor[.cr0] == 2)
    let stored = try processor.memory.read(UInt128.self, at: Self.base, order)
    #expect(stored == (value >> 64) << 64 | 1)
  }
}
