@testable import PowerISA

struct NoSuchInstruction: Error {
  var spelling: String
  var values: [Int64]
}

/// The word of a spelling with operand values in the order of its syntax.
func word(_ spelling: String, _ values: [Int64], level: ISALevel = .v3_1) throws -> UInt32 {
  try words(spelling, values, level: level)[0]
}

/// The same, prefix first when there is one.
func words(_ spelling: String, _ values: [Int64], level: ISALevel = .v3_1) throws -> [UInt32] {
  for row in InstructionRow.all where row.exists(at: level) {
    guard let bits = row.suffixBits(spelling: spelling[...]),
      let instruction = row.instruction(values, suffixBits: bits)
    else { continue }
    return instruction.isPrefixed
      ? [instruction.prefix, instruction.word] : [instruction.word]
  }
  throw NoSuchInstruction(spelling: spelling, values: values)
}
