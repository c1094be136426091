import GuestMemory
import PowerArithmetic
import PowerCPU
import PowerISA
import Testing

@testable import PowerJIT
@testable import PowerJITx86

/// Rows with host code, each alone in a loop.
@Suite("Host code of single rows")
struct HostRowTests {
  private static let families: [[HostCode]] = [
    HostCode.vectorSingles, HostCode.floatParts, HostCode.vectorConversions, HostCode.vectorCounts,
    HostCode.vectorProducts, HostCode.vectorQuadwords, HostCode.vectorRotations,
    HostCode.vectorElements, HostCode.bitCounts, HostCode.vectorDivisions,
    HostCode.vectorGathering, HostCode.vectorHalves, HostCode.floats, HostCode.floatConversions,
    HostCode.vectorFloats, HostCode.atomics, HostCode.registerSequences, HostCode.accumulators,
    HostCode.outerProducts, HostCode.quadwordShifts, HostCode.floatControls, HostCode.divisions,
  ]

  /// What r3, the base of addresses, has.
  private static let storage: UInt64 = 0x2300

  /// Ordinary singles and doubles, some of them zero, small integers, and such that are much greater than those
  /// before: what host code is for.
  private enum Values: CaseIterable {
    case singles, doubles, zeros, integers, powers

    func vector(_ number: Int) -> Vector {
      switch self {
      case .singles:
        Vector.generate(UInt32.self) { (Float(number + $0) + 1.25).bitPattern }
      case .doubles: Vector((Double(number) + 1.25).bitPattern, (Double(number) + 0.5).bitPattern)
      case .zeros: number & 2 == 0 ? Self.doubles.vector(number) : .zero
      case .powers: Vector.generate(UInt32.self) { 1 << UInt32((number + $0) % 32) }
      case .integers: Vector(UInt64(number) + 1, UInt64(number) * 3 + 7)
      }
    }
  }

  /// An instruction of the row, with different registers.
  static func instruction(_ row: InstructionRow) -> UInt64 {
    var i = Instruction(rawValue: row.value)
    for (index, operand) in row.operands.enumerated() {
      let value: Int64 =
        switch operand.kind {
        // Not among the targets of a load of several registers.
        case _ where index == row.storage?.base: 3
        case .displacement: 16
        // None of the others is part of it, and masks leave the last out.
        case .accumulator: 0
        case _ where operand.name.hasSuffix("MSK"): Int64(1 << operand.width - 2)
        case .gpr, .gprOrZero, .fpr, .vr, .vsr: Int64(4 + 2 * index)
        case .spr: 9
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
    let back: Int64 = row.isPrefixed ? -8 : -4
    let lines: [(String, [Int64])] = Array(repeating: ("b", [back]), count: row.isPrefixed ? 3 : 2)
    let guest = try Translated(lines, hardware: .power10)
    let instruction = Self.instruction(row)
    if row.isPrefixed { try guest.write(instruction >> 32, at: Translated.code) }
    try guest.write(instruction, at: Translated.code + UInt64(-back - 4))
    guest.translator.mask(features: masked)
    guest.cpu.machineState |= MSR.fp | MSR.vec | MSR.vsx
    guest.cpu.floatingPointStatus = FPSCR.xx | FPSCR.fx
    for number in 0..<64 { guest.cpu[vsr: number] = values.vector(number) }
    for number in 0..<32 {
      // Aligned addresses, or numbers much greater than those before.
      guest.cpu[gpr: number] =
        row.storage == nil ? 0x2003 << UInt64(number) : 0x2000 + UInt64(number) << 8
    }
    for address in stride(from: Self.storage, to: Self.storage + 0x100, by: 8) {
      try guest.memory.write(address &* 0x1234_5678_9ABC_DEF1, at: address)
    }
    return guest
  }

  @Test(arguments: families.indices, [[], ["avx"]] as [Set<String>])
  func `does what the semantics function does, without a call of it for ordinary values`(
    family: Int, masked: Set<String>
  ) throws {
    let instructions = Set(Self.families[family].flatMap(\.instructions))
    for row in InstructionRow.all
    where instructions.contains(row.instructionID) && !row.gates.contains(.privileged) {
      var fewest = UInt64.max
      for values in Values.allCases {
        let (guest, reference) = (
          try processor(row, values, masked), try processor(row, values, [])
        )
        reference.cpu.translator = nil
        for count in [11, 2, 5] as [Int64] {
          for cpu in [guest.cpu, reference.cpu] { _ = cpu.run(instructions: count) }
        }
        #expect(guest.translator.statistics.regions > 0, "\(row.mnemonic)")
        for number in 0..<64 {
          #expect(
            guest.cpu[vsr: number] == reference.cpu[vsr: number], "\(row.mnemonic) \(number)")
        }
        for number in 0..<32 {
          #expect(
            guest.cpu[gpr: number] == reference.cpu[gpr: number], "\(row.mnemonic) \(number)")
        }
        for address in stride(from: Self.storage, to: Self.storage + 0x100, by: 8) {
          let stored = try [guest, reference].map { try $0.memory.read(UInt64.self, at: address) }
          #expect(stored[0] == stored[1], "\(row.mnemonic) at \(address)")
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

  @Test(.enabled(if: HostFeatures().fma))
  func `outer products with zeros call no semantics function`() throws {
    for row in InstructionRow.all {
      guard let form = OuterProduct.all[row.instructionID],
        form.element == .single || form.element == .double
      else { continue }
      let (guest, reference) = (try processor(row, .zeros, []), try processor(row, .zeros, []))
      reference.cpu.translator = nil
      for cpu in [guest.cpu, reference.cpu] {
        // The others are zeros of the other sign.
        cpu[vsr: 3] =
          form.element == .single
          ? Vector(repeating: 0x8000_0000 as UInt32) : Vector(1 << 63, 1 << 63)
        _ = cpu.run(instructions: 40)
      }
      for number in 0..<4 {
        #expect(
          guest.cpu[vsr: number] == reference.cpu[vsr: number], "\(row.mnemonic) \(number)")
      }
      let calls = guest.translator.helperCallsTaken.first { $0.instruction == row.mnemonic }
      #expect(calls?.count ?? 0 <= 2, "\(row.mnemonic)")
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
