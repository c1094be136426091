import Foundation
import PowerISA

// Time to find the row of a word that no cache of decoded code holds: random instructions of every
// row, and the words of files given as arguments, in the order of the file.

/// Nanoseconds a word, the quickest and the median of nine passes.
func measure(_ label: String, _ words: [Instruction], _ table: InstructionTable) {
  var legal = 0
  let times = (0..<9).map { _ in
    legal = 0
    let duration = ContinuousClock().measure {
      for word in words { legal &+= table.row(of: word) == nil ? 0 : 1 }
    }
    return duration / .nanoseconds(words.count)
  }.sorted()
  let percent = 100 * legal / max(words.count, 1)
  print(
    String(
      format: "  %@: minimum %.2f ns, median %.2f ns a word (%d words, %d %% legal)",
      label, times[0], times[4], words.count, percent))
}

var generator = SystemRandomNumberGenerator()
let random = (0..<1_000_000).map { _ in
  InstructionRow.all.randomElement(using: &generator)!.randomInstruction(using: &generator)
}
for level in [ISALevel.v2_05, .v2_07, .v3_1] {
  measure("every row at \(level)", random, .table(for: level))
}
for path in CommandLine.arguments.dropFirst() {
  let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
  let words = stride(from: 0, to: bytes.count - 3, by: 4).map { start in
    Instruction(word: bytes[start..<(start + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) })
  }
  measure(URL(filePath: path).lastPathComponent, words, .table(for: .v3_1))
}
