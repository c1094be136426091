import HostSupport
import PowerCPU
import PowerJIT
import Testing

@Suite("Listings of translated code")
struct ListingTests {
  @Test("have each stage of each instruction")
  func stages() throws {
    let guest = try Translated([
      ("addis", [3, 0, 0x1234]), ("ori", [3, 3, 0x5678]), ("isel", [4, 3, 3, 2]), ("b", [-12]),
    ])
    var lines: [String] = []
    guest.translator.listingOf = (
      Translated.code...Translated.code, { if lines.isEmpty { lines = $0.lines } }
    )
    _ = guest.cpu.run(instructions: 100)
    // The lines of each instruction, of which only the first is not indented.
    var parts: [[String]] = []
    for line in lines {
      if line.hasPrefix("  ") {
        if !parts.isEmpty { parts[parts.count - 1].append(line) }
      } else if line.hasPrefix("100") {
        parts.append([])
      }
    }
    try #require(parts.count >= 4)
    let stages = parts.map { part in part.filter { $0.hasPrefix("    ") } }
    #expect(stages[0] == ["    lowered: r3 = move 0x12340000", "    reduced: nothing"])
    #expect(
      stages[1] == ["    lowered: r3 = or r3, 0x5678", "    reduced: r3 = move 0x12345678"])
    #expect(stages[2] == ["    lowered: hostCode", "    reduced: hostCode"])
    let host = parts.map { part in part.filter { $0.contains("; ") } }
    #expect(host[0].isEmpty && host[1].count == 1 && host[2].count == 4)
    #expect(host[1].allSatisfy { $0.contains("\(0x1234_5678)") })
  }
}
