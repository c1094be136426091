import Foundation
import PowerCPU
import PowerISA
import Testing

@testable import PowerJIT
@testable import PowerJITx86

/// The host code of the rows that programs execute most often, as text that is kept.
///
/// The rows are those with the most executions in sorting, compression, regular expressions, JSON, trees, filters and an
/// interpreter, compiled for POWER8 and for POWER10 (`--audit-isa`).
@Suite("Host code as text")
struct HostCodeTextTests {
  private static let file = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Samples/HostCode/rows.txt")

  /// The names of parts of the state, by their displacements from RBX.
  private static let names: [Int: String] = {
    var names = [StateOffset.lr: "lr", StateOffset.ctr: "ctr", StateOffset.carry: "ca"]
    for number in 0..<32 { names[StateOffset.gpr + 8 * number] = "r\(number)" }
    for number in 0..<64 {
      names[StateOffset.vsr + 16 * number] = "vs\(number).1"
      names[StateOffset.vsr + 16 * number + 8] = "vs\(number).0"
    }
    for field in 0..<8 { names[StateOffset.crFields + field] = "cr\(field)" }
    return Dictionary(
      uniqueKeysWithValues: names.map { ($0.key - HostMemory.stateOrigin, $0.value) })
  }()

  /// A line without what is different in each process, or changes with the layout of the state.
  private static func plain(_ line: String) -> String? {
    guard let colon = line.firstRange(of: ": "), line.contains(";") else { return nil }
    var text = String(line[colon.upperBound...].prefix { $0 != ";" })
      .trimmingCharacters(in: .whitespaces)
    text = text.replacing(/\b\d{10,}\b/) { _ in "…" }
    text = text.replacing(/\[rbx([+-]\d+)?\]/) { match in
      "[\(names[match.1.flatMap { Int($0) } ?? 0] ?? "state")]"
    }
    return text
  }

  /// The host code of a row, alone in a loop, up to the loop's branch.
  private func lines(_ row: InstructionRow, masked: Set<String>) throws -> [String] {
    let instruction = HostRowTests.instruction(row)
    let back: Int64 = row.isPrefixed ? -8 : -4
    let guest = try Translated(
      Array(repeating: ("b", [back]), count: row.isPrefixed ? 3 : 2), hardware: .power10)
    if row.isPrefixed { try guest.write(instruction >> 32, at: Translated.code) }
    try guest.write(instruction, at: Translated.code + UInt64(-back - 4))
    guest.translator.mask(features: masked)
    guest.cpu.machineState |= MSR.fp | MSR.vec | MSR.vsx
    for number in 0..<32 { guest.cpu[gpr: number] = 0x2000 }
    var listing: [String] = []
    guest.translator.listingOf = (
      Translated.code...Translated.code, { if listing.isEmpty { listing = $0.lines } }
    )
    _ = guest.cpu.run(instructions: 10)
    let start = try #require(
      listing.firstIndex { $0.contains(": ") && $0.contains("[") }, "\(row.mnemonic)")
    return listing[(start + 1)...].prefix { $0.hasPrefix(" ") }.compactMap(Self.plain)
  }

  @Test("is that of the kept text, with all features of a host and with none") func golden() throws
  {
    let kept = String(decoding: try Data(contentsOf: Self.file), as: UTF8.self)
    let features = Set(HostFeatures.names)
    // A host that lacks some can only show the least.
    let isWhole = HostFeatures().bits.nonzeroBitCount == features.count
    var text = ""
    for part in kept.split(separator: /^(?=\S)/.anchorsMatchLineEndings()) {
      let name = part.prefix { $0 != "\n" }
      let row = try #require(InstructionRow.all.first { $0.mnemonic == name }, "\(name)")
      text += "\(name)\n"
      for (title, masked) in [("  least\n", features), ("  all\n", [])] {
        guard masked == features || isWhole else {
          text += part.firstRange(of: title).map { part[$0.lowerBound...] } ?? ""
          continue
        }
        text += title
        for line in try lines(row, masked: masked) { text += "    \(line)\n" }
      }
    }
    #expect(text.count > 100)
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try Data(text.utf8).write(to: Self.file)
    }
    #expect(kept == text, "rows.txt is stale: UPDATE_GOLDEN=1 swift test --filter HostCodeText")
  }
}
