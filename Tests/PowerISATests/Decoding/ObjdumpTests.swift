import Foundation
import PeerSupport
import Testing

@testable import PowerISA

/// Every row and every extended opcode at every level: we accept what objdump accepts, and print what
/// it prints, but for the reviewed exceptions below.
@Suite(.enabled(if: PeerProgram.objdump.isInstalled, "no objdump for ppc64"))
struct ObjdumpTests {
  @Test(arguments: Objdump.levels)
  func agreesWithObjdump(level: ISALevel) throws {
    var generator = InstructionTableTests.Generator(state: UInt64(level.rawValue))
    var instructions: [Instruction] = []
    for row in InstructionRow.all {
      for _ in 0..<3 { instructions.append(row.randomInstruction(using: &generator)) }
    }
    instructions += Self.everyExtendedOpcode(&generator)
    let table = InstructionTable(level: level)
    var findings: [String] = []
    let texts = try Objdump.texts(instructions, level) ?? []
    if texts.isEmpty { findings.append("does not disassemble at \(level)") }
    for (index, instruction) in instructions.enumerated() where index < texts.count {
      // Words with reserved bits set are invalid to objdump and valid to a processor.
      let row = table.row(of: instruction).map { InstructionRow.all[$0] }
      if let row, row.reserved & instruction.rawValue != 0 { continue }
      let ours = table.text(of: instruction, at: UInt64(16 * index)).onlySingleBlanks
      let theirs = ObjdumpException.normalized(texts[index])
      guard ours != theirs else { continue }
      let exception = ObjdumpException.all.first {
        $0.explains(ours: ours, theirs: theirs, at: level)
      }
      guard exception == nil else { continue }
      findings.append(
        "at \(level) \(String(instruction.rawValue, radix: 16)): '\(ours)' not '\(theirs)'")
    }
    let failures = PeerFindings.failures(findings, about: PeerProgram.objdump.version)
    #expect(failures == [])
  }

  /// Extended mnemonics: words of every row with operands that are often equal, zero or all ones,
  /// every BO, BI and BH of branches, and every special-purpose register.
  @Test func extendedMnemonics() throws {
    var generator = InstructionTableTests.Generator(state: 22)
    var instructions: [Instruction] = []
    for row in InstructionRow.all where row.exists(at: .v3_1) {
      // A prefixed instruction takes four words of objdump's input.
      for _ in 0..<(row.isPrefixed ? 10 : 25) {
        instructions.append(Self.biasedInstruction(row, &generator))
      }
    }
    for options in 0..<32 as Range<UInt32> {
      for bit in 0..<32 as Range<UInt32> {
        let word = options << 21 | bit << 16
        instructions += (0..<4).map { Instruction(word: 16 << 26 | word | 0x100 | $0) }
        for extended in [16, 528, 560] as [UInt32] {
          instructions += (0..<8).map {
            Instruction(word: 19 << 26 | word | ($0 >> 1) << 11 | extended << 1 | $0 & 1)
          }
        }
      }
    }
    for number in 0..<1024 as Range<UInt32> {
      for extended in [339, 467] as [UInt32] {
        let halves = (number & 31) << 16 | (number >> 5) << 11
        instructions.append(Instruction(word: 31 << 26 | 3 << 21 | halves | extended << 1))
      }
    }
    let table = InstructionTable(level: .v3_1)
    let raw = try Objdump.texts(instructions, options: "power10,raw") ?? []
    let extended = try Objdump.texts(instructions, options: "power10") ?? []
    var findings = raw.isEmpty || extended.isEmpty ? ["does not disassemble"] : []
    for (index, instruction) in instructions.enumerated() {
      let address = UInt64(16 * index)
      // Whether a word exists is the other test's.
      let ours = table.text(of: instruction, at: address).onlySingleBlanks
      guard !raw.isEmpty, !extended.isEmpty, ours == ObjdumpException.normalized(raw[index]) else {
        continue
      }
      let text = table.text(of: instruction, at: address, style: .extended).onlySingleBlanks
      if text != ObjdumpException.normalized(extended[index]),
        !ObjdumpException.isOfAnotherFamily(extended[index])
      {
        findings.append("'\(text)' not '\(extended[index])'")
      }
    }
    let failures = PeerFindings.failures(findings, about: PeerProgram.objdump.version)
    #expect(failures == [])
  }

  /// A word of a row whose five-bit fields are often 0, 31 or equal.
  private static func biasedInstruction(
    _ row: InstructionRow, _ generator: inout InstructionTableTests.Generator
  ) -> Instruction {
    var raw = row.randomInstruction(using: &generator).rawValue
    let field = generator.next() & 31
    for shift in [6, 11, 16, 21] as [UInt64] {
      let value: UInt64? =
        switch generator.next() % 6 {
        case 0: 0
        case 1: 31
        case 2, 3: field
        default: nil
        }
      guard let value else { continue }
      let mask = 31 << shift & ~(row.mask | row.reserved)
      raw = raw & ~mask | value << shift & mask
    }
    return Instruction(rawValue: raw)
  }

  /// Each value of the low eleven bits under each opcode that has extended ones, with the other
  /// bits zero or at random.
  static func everyExtendedOpcode(
    _ generator: inout some RandomNumberGenerator
  ) -> [Instruction] {
    var result: [Instruction] = []
    for opcode in [4, 6, 17, 19, 31, 57, 58, 59, 60, 61, 62, 63] as [UInt32] {
      for extended in 0..<2048 as Range<UInt32> {
        let word = opcode << 26 | extended
        let others = UInt32(truncatingIfNeeded: generator.next()) & 0x03FF_F800
        result.append(Instruction(word: Bool.random(using: &generator) ? word : word | others))
      }
    }
    return result
  }
}

extension String {
  /// Text without the column its operands begin in.
  fileprivate var onlySingleBlanks: String { split(separator: " ").joined(separator: " ") }
}
