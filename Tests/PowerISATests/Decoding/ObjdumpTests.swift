import Foundation
import Testing

@testable import PowerISA

/// Every row, and words at random, at every level: we accept what objdump accepts, and print what
/// it prints, but for the reviewed exceptions below.
@Suite(.enabled(if: Objdump.isInstalled))
struct ObjdumpTests {
  @Test(arguments: ISALevel.allCases.filter { Objdump.options($0) != nil })
  func agrees(level: ISALevel) throws {
    var generator = InstructionTableTests.Generator(state: UInt64(level.rawValue))
    var instructions: [Instruction] = []
    for row in InstructionRow.all {
      for _ in 0..<4 { instructions.append(row.randomInstruction(using: &generator)) }
    }
    for _ in 0..<20_000 { instructions.append(Self.randomWord(&generator)) }
    let table = InstructionTable(level: level)
    let texts = try Objdump.texts(instructions, level)
    for (index, instruction) in instructions.enumerated() {
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
      #expect(
        exception != nil, "\(String(instruction.rawValue, radix: 16)): '\(ours)' not '\(theirs)'")
    }
  }

  /// A word of a crowded primary opcode, some fields zero as in much real code.
  static func randomWord(_ generator: inout some RandomNumberGenerator) -> Instruction {
    let opcodes: [UInt32] = [4, 6, 17, 19, 31, 31, 57, 58, 59, 60, 61, 62, 63]
    let masks: [UInt32] = [0x3FF_FFFF, 0x01F_FFFF, 0x000_FFFF, 0x000_07FF]
    let opcode = opcodes.randomElement(using: &generator) ?? 31
    let mask = masks.randomElement(using: &generator) ?? .max
    return Instruction(word: opcode << 26 | UInt32.random(in: 0...mask, using: &generator) & mask)
  }
}
