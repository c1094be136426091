import PowerISA
import Testing

@testable import PowerCPU

/// XER and CR0 which QEMU's user mode does not cover: 32-bit mode, and processors before ISA 3.0.
@Suite struct FixedPointFlagTests {
  /// Executes one instruction with r4 and r5 as its sources and r3 as its target.
  private static func execute(
    _ spelling: String, _ values: [Int64], r4: UInt64, r5: UInt64 = 0, xer: UInt64 = 0,
    is64Bit: Bool = true, on model: ProcessorModel = .power10
  ) throws -> VirtualProcessor {
    let processor = try VirtualProcessor.forTest(model)
    let p = processor.processor
    p[GPR(4)] = r4
    p[GPR(5)] = r5
    p.state.pointee.xer = xer
    if !is64Bit { processor.machineState &= ~MSR.sf }
    try processor.execute([word(spelling, values)])
    #expect(processor.nextInstruction == 0x1_0004)
    return processor
  }

  struct Case: Sendable, CustomStringConvertible {
    var spelling: String
    var values: [Int64]
    var r4: UInt64
    var r5: UInt64 = 0
    var xer: UInt64 = 0
    var is64Bit = true
    var isOld = false
    // Expected:
    var r3: UInt64
    var flags: UInt64
    var cr0: UInt32 = 0
    var description: String { "\(spelling) \(r4) \(r5) 64-bit \(is64Bit) old \(isOld)" }
  }

  static let all: [Case] = [
    // Carry out of bit 32 in 32-bit mode, of bit 0 in 64-bit mode.
    Case(
      spelling: "addc", values: [3, 4, 5], r4: 0xFFFF_FFFF, r5: 1,
      r3: 0x1_0000_0000, flags: XER.ca32),
    Case(
      spelling: "addc", values: [3, 4, 5], r4: 0xFFFF_FFFF, r5: 1, is64Bit: false,
      r3: 0x1_0000_0000, flags: XER.ca | XER.ca32),
    Case(
      spelling: "addc", values: [3, 4, 5], r4: ~0, r5: 1 << 32,
      r3: 0xFFFF_FFFF, flags: XER.ca),
    Case(
      spelling: "addc", values: [3, 4, 5], r4: ~0, r5: 1 << 32, is64Bit: false,
      r3: 0xFFFF_FFFF, flags: 0),
    // The word flags came with ISA 3.0; before they keep their value.
    Case(
      spelling: "addc", values: [3, 4, 5], r4: ~0, r5: 1, isOld: true, r3: 0, flags: XER.ca),
    Case(
      spelling: "addo", values: [3, 4, 5], r4: ~0 >> 1, r5: 1, isOld: true,
      r3: 1 << 63, flags: XER.ov | XER.so),
    Case(
      spelling: "srawi", values: [3, 4, 1], r4: 0x8000_0001, isOld: true,
      r3: 0xFFFF_FFFF_C000_0000, flags: XER.ca),
    Case(
      spelling: "srawi", values: [3, 4, 1], r4: 0x8000_0001,
      r3: 0xFFFF_FFFF_C000_0000, flags: XER.ca | XER.ca32),
    // Overflow of the word or the doubleword.
    Case(
      spelling: "addo.", values: [3, 4, 5], r4: 0x7FFF_FFFF, r5: 1,
      r3: 0x8000_0000, flags: XER.ov32, cr0: 4),
    Case(
      spelling: "addo.", values: [3, 4, 5], r4: 0x7FFF_FFFF, r5: 1, is64Bit: false,
      r3: 0x8000_0000, flags: XER.ov | XER.ov32 | XER.so, cr0: 9),
    Case(
      spelling: "nego", values: [3, 4], r4: 0x8000_0000, is64Bit: false,
      r3: 0xFFFF_FFFF_8000_0000, flags: XER.ov | XER.ov32 | XER.so),
    Case(
      spelling: "subfo", values: [3, 4, 5], r4: 1, r5: 1 << 63,
      r3: ~0 >> 1, flags: XER.ov | XER.so),
    // Multiplication and division overflow alike in both modes; SO stays.
    Case(
      spelling: "mulldo", values: [3, 4, 5], r4: 1 << 32, r5: 1 << 31, is64Bit: false,
      r3: 1 << 63, flags: XER.ov | XER.ov32 | XER.so),
    Case(
      spelling: "mullwo.", values: [3, 4, 5], r4: 2, r5: 3, xer: XER.so | XER.ov | XER.ov32,
      r3: 6, flags: XER.so, cr0: 5),
    Case(
      spelling: "divwo.", values: [3, 4, 5], r4: 7, r5: 0,
      r3: 0, flags: XER.ov | XER.ov32 | XER.so, cr0: 3),
    // CR0 compares the word in 32-bit mode.
    Case(
      spelling: "and.", values: [3, 4, 5], r4: 0x8000_0000, r5: ~0, r3: 0x8000_0000, flags: 0,
      cr0: 4),
    Case(
      spelling: "and.", values: [3, 4, 5], r4: 0x8000_0000, r5: ~0, is64Bit: false,
      r3: 0x8000_0000, flags: 0, cr0: 8),
    Case(
      spelling: "and.", values: [3, 4, 5], r4: 1 << 32, r5: ~0, is64Bit: false, r3: 1 << 32,
      flags: 0, cr0: 2),
  ]

  @Test(arguments: all)
  func flags(_ test: Case) throws {
    let processor = try Self.execute(
      test.spelling, test.values, r4: test.r4, r5: test.r5, xer: test.xer, is64Bit: test.is64Bit,
      on: test.isOld ? .power8 : .power10)
    let p = processor.processor
    #expect(p[GPR(3)] == test.r3)
    #expect(p.state.pointee.xer == test.flags)
    #expect(p[.cr0] == test.cr0)
  }
}
