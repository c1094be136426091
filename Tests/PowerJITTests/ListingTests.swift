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
    let parts = try ([0, 4, 8] as [UInt64]).map { offset in
      let address = "\(String(Translated.code + offset, radix: 16)): "
      let start = try #require(lines.firstIndex { $0.hasPrefix(address) })
      return lines[start...].prefix { $0.hasPrefix(" ") || $0.hasPrefix(address) }
    }
    let stages = parts.map { $0.filter { $0.hasPrefix("    ") } }
    #expect(stages[0] == ["    lowered: r3 = move 0x12340000", "    reduced: nothing"])
    #expect(
      stages[1] == ["    lowered: r3 = or r3, 0x5678", "    reduced: r3 = move 0x12345678"])
    #expect(stages[2] == ["    lowered: hostCode", "    reduced: hostCode"])
    let constant = "\(0x1234_5678)"
    #expect(
      parts.map { $0.count { $0.contains("; ") && $0.contains(constant) } } == [0, 1, 0], "\(lines)"
    )
  }
}
