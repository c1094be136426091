import Foundation
import PeerSupport

@testable import PowerISA

/// What GNU objdump makes of instructions at a level.
struct Objdump {
  /// Levels it has a processor of its own for.
  static let levels: [ISALevel] = [.v2_00, .v2_02, .v2_05, .v2_06, .v2_07, .v3_0, .v3_1]

  /// Its name of a level's processor, without the mnemonics that stand for others.
  static func options(_ level: ISALevel) -> String? {
    switch level {
    case .v2_00, .v2_01: "power4,altivec,raw"
    case .v2_02, .v2_03, .v2_04: "power5,altivec,raw"
    case .v2_05: "power6,raw"
    case .v2_06: "power7,raw"
    case .v2_07: "power8,raw"
    case .v3_0: "power9,raw"
    case .v3_1: "power10,raw"
    case .v1: nil
    }
  }

  /// Its text for each instruction; instruction n is at address 16 n. Nil when it does not know the
  /// options.
  static func texts(_ instructions: [Instruction], _ level: ISALevel) throws -> [String]? {
    try texts(instructions, options: options(level) ?? "raw")
  }

  /// The same with the options of a processor and of mnemonics.
  static func texts(_ instructions: [Instruction], options: String) throws -> [String]? {
    var bytes = Data()
    for instruction in instructions {
      var words = instruction.isPrefixed ? [instruction.prefix] : []
      words.append(instruction.word)
      while words.count < 4 { words.append(0x6000_0000) }
      for word in words { withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) } }
    }
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("objdump-\(UUID().uuidString)")
    try bytes.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let output = PeerProgram.objdump.output([
      "-D", "-z", "-b", "binary", "-m", "powerpc:common64", "-EB", "-M",
      options, file.path,
    ])
    guard let output else { return nil }
    let text = String(decoding: output, as: UTF8.self)
    var result = [String](repeating: "", count: instructions.count)
    for line in text.split(separator: "\n") {
      // "     1f0:\t7c 64 2a 14 \tadd     r3,r4,r5"
      let columns = line.split(separator: "\t", maxSplits: 2)
      guard columns.count >= 3,
        let address = Int(columns[0].filter { $0 != " " && $0 != ":" }, radix: 16),
        address % 16 == 0, address / 16 < result.count
      else { continue }
      // A PC-relative address is repeated as a comment.
      let code = columns[2].split(separator: "\t")[0]
      result[address / 16] = code.split(separator: " ").joined(separator: " ")
    }
    return result
  }
}
