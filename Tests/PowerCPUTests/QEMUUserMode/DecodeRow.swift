import Foundation
import PowerISA

/// A row of the instruction tables, as far as making random instructions needs it.
struct DecodeRow {
  var mnemonic: String
  /// Fixed bits, 1 where they are one.
  var value: UInt64 = 0
  var bitCount = 0
  var isPending: Bool
  /// Fields by name, with their place counted from the left.
  var fields: [(name: String, first: Int, width: Int)] = []
  /// Bits of the word or of prefix and suffix.
  var isPrefixed: Bool { bitCount == 64 }

  /// The instruction with every field from `field`, which gets its name and width.
  func instruction(_ field: (String, Int) -> UInt64) -> Instruction {
    var bits = value
    for (name, first, width) in fields {
      let mask: UInt64 = width == 64 ? ~0 : 1 << UInt64(width) - 1
      bits |= (field(name, width) & mask) << UInt64(bitCount - first - width)
    }
    return Instruction(rawValue: bits)
  }

  /// The rows of some chapters, such as `VectorArithmetic`.
  static func rows(_ chapters: String...) throws -> [DecodeRow] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Sources/PowerISA/Instructions").standardizedFileURL
    func lines(_ name: String) throws -> [Substring] {
      try String(contentsOf: folder.appending(path: name + ".decode"), encoding: .utf8)
        .split(separator: "\n").filter { !$0.hasPrefix("#") }
    }
    var widths: [Substring: Int] = [:]
    for line in try lines("Fields") where line.hasPrefix("field ") {
      let words = line.split(separator: " ")
      widths[words[1]] = Int(words[2])
    }
    return try chapters.flatMap { chapter in
      try lines(chapter).compactMap { line in try DecodeRow(line, widths) }
    }
  }

  private struct Malformed: Error { var line: String }

  private init?(_ line: Substring, _ widths: [Substring: Int]) throws {
    let columns = line.split(separator: "|")
    guard columns.count == 3 else { return nil }
    var tokens = columns[0].split(separator: " ")
    mnemonic = String(tokens.removeFirst())
    isPending = columns[2].contains("pending")
    for token in tokens {
      if token == "--" { continue }  // between prefix and suffix
      if token.allSatisfy({ "01".contains($0) }) {
        value = value << UInt64(token.count) | (UInt64(token, radix: 2) ?? 0)
        bitCount += token.count
      } else if token.allSatisfy({ $0 == "/" }) {
        value <<= UInt64(token.count)
        bitCount += token.count
      } else {
        let parts = token.split(separator: ":")
        guard let width = parts.count == 2 ? Int(parts[1]) : widths[token] else {
          throw Malformed(line: String(line))
        }
        fields.append((String(parts[0]), bitCount, width))
        value <<= UInt64(width)
        bitCount += width
      }
    }
    guard bitCount == 32 || bitCount == 64 else { throw Malformed(line: String(line)) }
  }
}
