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
      let ours = table.text(of: instruction, at: UInt64(16 * index))
        .split(separator: " ").joined(separator: " ")
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
