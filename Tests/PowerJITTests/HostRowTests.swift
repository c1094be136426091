import PowerArithmetic
import PowerCPU
import PowerISA
import Testing

@testable import PowerJIT

/// Rows with host code, each alone in a loop.
@Suite("Host code of single rows")
struct HostRowTests {
  private static let families: [[HostCode]] = [
    HostCode.vectorSingles, HostCode.floatParts, HostCode.vectorConversions, HostCode.vectorCounts,
    HostCode.vectorProducts, HostCode.vectorQuadwords, HostCode.vectorRotations,
    HostCode.vectorElements, HostCode.bitCounts, HostCode.vectorDivisions,
    HostCode.vectorGathering, HostCode.vectorHalves, HostCode.floats, HostCode.floatConversions,
    HostCode.vectorFloats,
  ]

  /// Ordinary singles and doubles, and small integers: what host code is for.
  private enum Values: CaseIterable {
    case singles, doubles, integers

    func vector(_ number: Int) -> Vector {
      switch self {
      case .singles:
        Vector.generate(UInt32.self) { (Float(number + $0) + 1.25).bitPattern }
      case .doubles: Vector((Double(number) + 1.25).bitPattern, (Double(number) + 0.5).bitPattern)
      case .integers: Vector(UInt64(number) + 1, UInt64(number) * 3 + 7)
      }
    }
  }

  /// A word of the row, with different registers.
  private static func word(_ row: InstructionRow) -> UInt64 {
    var i = Instruction(rawValue: row.value)
    for (index, operand) in row.operands.enumerated() {
      let value: Int64 =
        switch operand.kind {
        case .gpr, .gprOrZero, .fpr, .vr, .vsr: Int64(4 + 2 * index)
        // CY other than 0 is illegal.
        default: row.instructionID == .addex ? 0 : 2
        }
      i = operand.replacing(in: i, with: value) ?? i
    }
    return i.rawValue
  }

  private func processor(
    _ row: InstructionRow, _ values: Values, _ masked: Set<String>
  ) throws -> Translated {
    let guest = try Translated([("b", [0]), ("b", [-4])], hardware: .power10)
    try guest.write(Self.word(row), at: Translated.code)
    guest.translator.mask(features: masked)
    guest.cpu.machineState |= MSR.fp | MSR.vec | MSR.vsx
    guest.cpu.floatingPointStatus = FPSCR.xx | FPSCR.fx
    for number in 0..<64 { guest.cpu[vsr: number] = values.vector(number) }
    for number in 0..<32 { guest.cpu[gpr: number] = 0x2003 + UInt64(number) << 8 }
    return guest
  }

  @Test(arguments: families.indices, [[], ["avx"]] as [Set<String>])
  func `does what the semantics function does, without a call of it for ordinary values`(
    family: Int, masked: Set<String>
  ) throws {
    let instructions = Set(Self.families[family].flatMap(\.instructions))
    for row in InstructionRow.all
    where instructions.contains(row.instructionID) && !row.isPrefixed {
      var fewest = UInt64.max
      for values in Values.allCases {
        let (guest, reference) = (
          try processor(row, values, masked), try processor(row, values, [])
        )
        reference.cpu.translator = nil
        for count in [11, 2, 5] as [Int64] {
          for cpu in [guest.cpu, reference.cpu] { _ = cpu.run(instructions: count) }
        }
        #expect(guest.translator.statistics.regions > 0)
        for number in 0..<64 {
          #expect(
            guest.cpu[vsr: number] == reference.cpu[vsr: number], "\(row.mnemonic) \(number)")
        }
        for number in 0..<32 {
          #expect(
            guest.cpu[gpr: number] == reference.cpu[gpr: number], "\(row.mnemonic) \(number)")
        }
        #expect(guest.cpu.conditionRegister == reference.cpu.conditionRegister, "\(row.mnemonic)")
        #expect(
          guest.cpu.floatingPointStatus == reference.cpu.floatingPointStatus, "\(row.mnemonic)")
        let calls = guest.translator.helperCallsTaken.first { $0.instruction == row.mnemonic }
        fewest = min(fewest, calls?.count ?? 0)
      }
      // Some need features that are masked.
      if masked.isEmpty { #expect(fewest <= 2, "\(row.mnemonic) is left to its function") }
    }
  }

  @Test
  func `of comparisons with denormal numbers the semantics function says what NJ makes of them`()
    throws
  {
    for isFlushing in [false, true] {
      let row = try #require(InstructionRow.all.first { $0.mnemonic == "vcmpgtfp" })
      let guest = try processor(row, .singles, [])
      guest.cpu[vsr: 38] = Vector(repeating: 2 as UInt32)
      guest.cpu[vsr: 40] = Vector(repeating: 1 as UInt32)
      let mtvscr = try #require(Instruction("mtvscr", 2))
      try guest.write(mtvscr.rawValue, at: Translated.code - 4)
      guest.cpu[vsr: 34] = Vector(0, isFlushing ? 0x1_0000 : 0)
      guest.cpu.nextInstruction = Translated.code - 4
      _ = guest.cpu.run(instructions: 40)
      #expect(guest.cpu[vsr: 36] == (isFlushing ? .zero : .allOnes))
    }
  }
}
