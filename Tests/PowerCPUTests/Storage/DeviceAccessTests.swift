import GuestMemory
import PowerISA
import Synchronization
import Testing

@testable import PowerCPU

/// Registers that keep what is stored, and list the accesses.
final class RecordingRegisters: DeviceRegisters {
  enum Access: Equatable {
    case load(UInt64, size: Int)
    case store(UInt64, UInt64, size: Int)
  }

  private let state = Mutex((bytes: [UInt8](repeating: 0, count: 0x2000), log: [Access]()))
  var log: [Access] { state.withLock { $0.log } }
  var bytes: [UInt8] { state.withLock { $0.bytes } }

  func load(at offset: UInt64, size: Int) -> UInt64 {
    state.withLock { state in
      state.log.append(.load(offset, size: size))
      return (0..<size).reversed().reduce(0) { $0 << 8 | UInt64(state.bytes[Int(offset) + $1]) }
    }
  }

  func store(_ value: UInt64, at offset: UInt64, size: Int) {
    state.withLock { state in
      state.log.append(.store(value, offset, size))
      for index in 0..<size {
        state.bytes[Int(offset) + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
      }
    }
  }
}

extension RecordingRegisters.Access {
  fileprivate static func store(_ value: UInt64, _ offset: UInt64, _ size: Int) -> Self {
    .store(value, offset, size: size)
  }
}

/// Loads and stores of device registers (Book III 6.8.2): which reach them, and what the others raise.
@Suite("Access to devices") struct DeviceAccessTests {
  static let base: UInt64 = 0x100_0000_0000

  let processor: VirtualProcessor
  let registers = RecordingRegisters()

  init() throws {
    processor = try .forTest(.power9, memory: 1 << 20)
    try processor.space.add(registers, at: Self.base, size: 0x2000)
    processor.machineState = MSR.sf | MSR.fp | MSR.vec | MSR.vsx
    for (number, value) in [(4, 0x1122_3344_5566_7788), (6, Self.base), (7, 8)] as [(Int, UInt64)] {
      processor[gpr: number] = value
    }
  }

  func execute(
    _ name: String, _ values: [Int64], littleEndian: Bool = false
  ) throws {
    let row = try #require(InstructionRow.all.first { $0.mnemonic == name && !$0.isPrefixed })
    let instruction = try #require(row.instruction(values))
    try processor.execute([instruction.word], littleEndian: littleEndian)
  }

  @Test(
    "a store's bytes are in storage order in both byte orders",
    arguments: [
      ("stb", 1, 0x88, 0x88), ("sth", 2, 0x8877, 0x7788), ("stw", 4, 0x8877_6655, 0x5566_7788),
      ("std", 8, 0x8877_6655_4433_2211, 0x1122_3344_5566_7788),
      ("stwbrx", 4, 0x5566_7788, 0x8877_6655),
    ] as [(String, Int, UInt64, UInt64)])
  func stores(_ row: (name: String, size: Int, big: UInt64, little: UInt64)) throws {
    let operands: [Int64] = row.name.hasSuffix("x") ? [4, 6, 7] : [4, 8, 6]
    try execute(row.name, operands)
    try execute(row.name, operands, littleEndian: true)
    #expect(
      registers.log == [.store(row.big, 8, row.size), .store(row.little, 8, row.size)])
  }

  @Test("loads extend what the device answers", arguments: [false, true])
  func loads(littleEndian: Bool) throws {
    registers.store(0xF1E2_D3C4_B5A6_9788, at: 8, size: 8)
    func load(_ name: String, _ operands: [Int64]) throws -> UInt64 {
      try execute(name, operands, littleEndian: littleEndian)
      return processor[gpr: 3]
    }
    #expect(try load("lbz", [3, 8, 6]) == 0x88)
    #expect(try load("lhz", [3, 8, 6]) == (littleEndian ? 0x9788 : 0x8897))
    #expect(
      try load("lha", [3, 14, 6]) == (littleEndian ? 0xFFFF_FFFF_FFFF_F1E2 : 0xFFFF_FFFF_FFFF_E2F1))
    #expect(try load("lwz", [3, 8, 6]) == (littleEndian ? 0xB5A6_9788 : 0x8897_A6B5))
    #expect(
      try load("ldx", [3, 6, 7])
        == (littleEndian ? 0xF1E2_D3C4_B5A6_9788 : 0x8897_A6B5_C4D3_E2F1))
    #expect(
      try load("lwbrx", [3, 6, 7]) == (littleEndian ? 0x8897_A6B5 : 0xB5A6_9788))
  }

  @Test(
    "what devices cannot take raises the alignment interrupt and reaches nothing",
    arguments: [
      ("lwz", [3, 6, 6], 6), ("sth", [4, 1, 6], 1), ("ld", [3, 4, 6], 4),
      ("ld", [3, 0xFFC, 6], 0xFFC),
      ("lmw", [28, 0, 6], 0), ("stmw", [28, 0, 6], 0), ("lswi", [3, 6, 8], 0),
      ("stswi", [3, 6, 8], 0), ("lvx", [2, 6, 0], 0), ("stvx", [2, 6, 0], 0),
      ("lvebx", [2, 6, 0], 0),
      ("stvewx", [2, 6, 0], 0), ("lxvd2x", [2, 6, 0], 0), ("lxvw4x", [2, 6, 0], 0),
      ("lxsdx", [2, 6, 0], 0), ("stxvd2x", [2, 6, 0], 0), ("lxv", [2, 0, 6], 0),
      ("stxsiwx", [2, 6, 0], 0),
      ("dcbz", [6, 0], 0),
    ] as [(String, [Int64], UInt64)])
  func alignment(_ row: (name: String, operands: [Int64], offset: UInt64)) throws {
    // Index registers that are r0 hold 0.
    processor[gpr: 0] = 0
    try execute(row.name, row.operands)
    #expect(processor.nextInstruction == 0x600)
    #expect(processor.read(.dar) == Self.base + row.offset)
    #expect(registers.log.isEmpty)
  }

  @Test(
    "an interrupt that a device raises is taken before the next instruction",
    arguments: [true, false])
  func interruptAtOnce(isStore: Bool) throws {
    processor.deviceAccessed = { [unowned processor] in processor.setExternalInterrupt(true) }
    // stw r4, 8(r6) or lwz r4, 8(r6), and two of addi r3, r3, 1.
    let access: UInt32 = (isStore ? 36 : 32) << 26 | 4 << 21 | 6 << 16 | 8
    for (index, word) in [access, 0x3863_0001, 0x3863_0001].enumerated() {
      try processor.memory.write(word, at: 0x2000 + 4 * UInt64(index))
    }
    processor[gpr: 3] = 0
    processor.nextInstruction = 0x2000
    processor.machineState |= MSR.ee
    let before = processor.instructionCount
    #expect(processor.run(instructions: 3) == .timer)
    #expect(processor.instructionCount - before == 1)
    #expect(processor.nextInstruction == 0x2004)
    processor.machineState &= ~MSR.ee
    #expect(processor.run(instructions: 2) == .budget)
    #expect(processor[gpr: 3] == 2)
  }

  @Test("floating-point loads and stores reach devices")
  func floatingPoint() throws {
    registers.store(0x3FF8_0000_0000_0000, at: 0, size: 8)
    try execute("lfd", [1, 0, 6], littleEndian: true)
    try execute("stfdx", [1, 6, 7], littleEndian: true)
    try execute("stfs", [1, 16, 6], littleEndian: true)
    #expect(
      registers.log.suffix(3) == [
        .load(0, size: 8), .store(0x3FF8_0000_0000_0000, 8, 8), .store(0x3FC0_0000, 16, 4),
      ])
  }

  @Test(
    "quadwords, reservations and copy raise the data storage interrupt",
    arguments: [
      ("lq", [2, 0, 6], 0x0400_0000), ("stq", [2, 0, 6], 0x0600_0000),
      ("lwarx", [3, 6, 0, 0], 0x0400_0000), ("ldarx", [3, 6, 0, 0], 0x0400_0000),
      ("stwcx.", [3, 6, 0], 0x0600_0000), ("copy", [6, 0], 0x0400_0000),
    ] as [(String, [Int64], UInt64)])
  func reservations(_ row: (name: String, operands: [Int64], cause: UInt64)) throws {
    processor[gpr: 0] = 0
    try execute(row.name, row.operands)
    #expect(processor.nextInstruction == 0x300)
    #expect(processor.read(.dsisr) == row.cause)
    #expect(processor.read(.dar) == Self.base)
    #expect(registers.log.isEmpty)
  }

  @Test("cache operations on devices do nothing", arguments: ["dcbf", "dcbst", "dcbt", "icbi"])
  func cacheOperations(name: String) throws {
    processor[gpr: 0] = 0
    try execute(name, name == "dcbf" || name == "dcbt" ? [6, 0, 0] : [6, 0])
    #expect(processor.nextInstruction == 0x1_0004)
    #expect(registers.log.isEmpty)
  }

  @Test("registers that are taken away raise a machine check, as before they were there")
  func removal() throws {
    processor.machineState |= MSR.me
    processor.space.remove(at: Self.base)
    try execute("lwz", [3, 0, 6])
    #expect(processor.nextInstruction == 0x200)
    #expect(registers.log.isEmpty)
  }

  @Test("instructions are not fetched from devices")
  func fetch() {
    processor.machineState |= MSR.me
    processor.nextInstruction = Self.base
    _ = processor.run(instructions: 1)
    #expect(processor.nextInstruction == 0x200)
    #expect(registers.log.isEmpty)
  }
}

@Suite("Real address space") struct RealAddressSpaceTests {
  @Test("regions do not overlap memory or each other, nor wrap")
  func overlap() throws {
    let space = RealAddressSpace(memory: try GuestMemory(size: 1 << 20))
    let registers = RecordingRegisters()
    try space.add(registers, at: 0x20_0000, size: 0x1000)
    try space.add(registers, at: 0x20_1000, size: 0x1000)
    for (base, size) in [
      (0xF_F000, 0x1000), (0xF_F000, 0x10_1001), (0x1F_F000, 0x1001), (0x20_0800, 0x100),
      (0x20_1FFF, 1), (.max, 1), (0x30_0000, 0),
    ] as [(UInt64, UInt64)] {
      #expect(throws: RealAddressError.overlap(base: base, size: size)) {
        try space.add(registers, at: base, size: size)
      }
    }
    space.remove(at: 0x20_0000)
    try space.add(registers, at: 0x1F_F000, size: 0x2000)
    #expect(space.region(at: 0x1F_EFFF)?.base == nil)
    #expect(space.region(at: 0x20_0FFF)?.base == 0x1F_F000)
    #expect(space.region(at: 0x20_0FFF, count: 2)?.base == nil)
    #expect(space.region(at: 0x20_1000)?.base == 0x20_1000)
  }

  @Test("big-endian loads and stores reach memory and registers")
  func accesses() throws {
    let space = RealAddressSpace(memory: try GuestMemory(size: 1 << 20))
    let registers = RecordingRegisters()
    try space.add(registers, at: 0x20_0000, size: 0x1000)
    for base in [0x1000, 0x20_0000] as [UInt64] {
      #expect(space.store(0x0102_0304_0506_0708, at: base, size: 8))
      #expect(space.load(at: base, size: 8) == 0x0102_0304_0506_0708)
      #expect(space.load(at: base + 4, size: 4) == 0x0506_0708)
      #expect(space.load(at: base + 6, size: 2) == 0x0708)
      #expect(space.load(at: base + 7, size: 1) == 8)
    }
    #expect(registers.bytes.prefix(8) == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(space.load(at: 0x20_1000, size: 1) == nil)
    #expect(!space.store(0, at: 0x20_0FFC, size: 8))
  }
}
