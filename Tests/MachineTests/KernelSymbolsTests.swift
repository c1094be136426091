import MachineDescription
import PowerISA
import Testing

@testable import Machine

/// Symbols of a program, and the report of one that faults without handlers.
@Suite struct KernelSymbolsTests {
  /// A 64-bit big-endian program at 0xC000000000000000 whose code is some words, with symbols at some
  /// of its bytes.
  static func program(
    _ words: [UInt32], symbols: [(name: String, offset: UInt64)] = [], type: UInt64 = 2,
    interpreter: Bool = false, dynamic: Bool = false
  ) -> [UInt8] {
    let base: UInt64 = dynamic ? 0 : 0xC000_0000_0000_0000
    var names: [UInt8] = [0]
    var table = [UInt8](repeating: 0, count: 24)
    func big(_ value: UInt64, _ count: Int) -> [UInt8] {
      (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
    for symbol in symbols {
      // A global function of section 1.
      table += big(UInt64(names.count), 4) + [0x12, 0] + big(1, 2)
      table += big(base + symbol.offset, 8) + big(8, 8)
      names += Array(symbol.name.utf8) + [0]
    }
    let code = words.flatMap { big(UInt64($0), 4) }
    let headers = 64 + 3 * 56
    let codePlace = UInt64(headers)
    let tablePlace = codePlace + UInt64(code.count)
    let namePlace = tablePlace + UInt64(table.count)
    let sectionPlace = namePlace + UInt64(names.count)
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 2, 1] + [UInt8](repeating: 0, count: 9)
    bytes +=
      big(type, 2) + big(21, 2) + big(1, 4) + big(base, 8) + big(64, 8) + big(sectionPlace, 8)
    bytes += big(0, 4) + big(64, 2) + big(56, 2) + big(3, 2) + big(64, 2) + big(4, 2) + big(0, 2)
    // PT_LOAD, and entries that are ignored or not.
    for kind in [1, interpreter ? 3 : 4, dynamic ? 2 : 4] as [UInt64] {
      let isCode = kind == 1
      bytes += big(kind, 4) + big(5, 4) + big(isCode ? codePlace : 0, 8)
      bytes += big(isCode ? base : 0, 8) + big(0, 8)
      bytes += big(isCode ? UInt64(code.count) : 0, 8) + big(isCode ? 0x1000 : 0, 8) + big(4, 8)
    }
    bytes += code + table + names
    // No section, the code, the symbols with their names.
    for (type, place, size, link) in [
      (0, 0, 0, 0), (1, codePlace, UInt64(code.count), 0),
      (2, tablePlace, UInt64(table.count), 3), (3, namePlace, UInt64(names.count), 0),
    ] as [(UInt64, UInt64, UInt64, UInt64)] {
      bytes += big(0, 4) + big(type, 4) + big(0, 8) + big(0, 8) + big(place, 8) + big(size, 8)
      bytes += big(link, 4) + big(0, 4) + big(0, 8) + big(0, 8)
    }
    return bytes
  }

  static let file = GuestFile(
    program(
      [0x6000_0000, 0x6000_0000, 0x6000_0000, 0],
      symbols: [("_start", 0), ("middle", 8)]), name: "test")

  @Test func addressesHaveNames() throws {
    let symbols = try #require(
      KernelSymbols(Self.file, try ELFImage(Self.file), base: 0x40_0000))
    // As linked, where it was put, and where Linux moves itself to.
    #expect(symbols.name(at: 0xC000_0000_0000_0000) == "_start")
    #expect(symbols.name(at: 0xC000_0000_0000_0004) == "_start+0x4")
    #expect(symbols.name(at: 0x40_0008) == "middle")
    #expect(symbols.name(at: 0xC) == "middle+0x4")
    #expect(symbols.name(at: 0x1000) == nil)
    #expect(symbols.name(at: .max) == nil)
  }

  @Test func damagedTablesAreNone() throws {
    let bytes = Self.program([0, 0], symbols: [("a", 0)])
    let image = try ELFImage(GuestFile(bytes, name: "test"))
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      var damaged = bytes
      for _ in 0..<4 {
        damaged[.random(in: 40..<damaged.count, using: &generator)] = .random(
          in: .min ... .max, using: &generator)
      }
      let file = GuestFile(damaged.dropLast(.random(in: 0..<80)), name: "test")
      _ = KernelSymbols(file, image, base: 0)?.name(at: 0)
    }
  }

  /// A program without interrupt handlers whose third instruction does not exist ends the machine, and
  /// what led there is said.
  @Test func aLoopOfInterruptsIsReported() throws {
    var lines: [String] = []
    let program = Self.program(
      // li r3,1; mtlr r3; an undefined word
      [0x3860_0001, 0x7C68_03A6, 0, 0], symbols: [("_start", 0), ("broken", 8)])
    let log = Log()
    let (_, outcome) = try TestGuestTests.machine(.power8, .power7) {
      $0.program = .file(GuestFile(program, name: "test"))
      $0.observers.log = { log.append($0) }
    }
    lines = log.lines
    #expect(
      outcome
        == .dead(
          reason: "processor 0 loops at its program interrupt handler 0x700: word 0x00000000, "
            + "no instruction"))
    #expect(
      lines.first?.hasPrefix(
        "processor 0 took a program interrupt at SRR0 0x400008 <broken>: word 0x00000000, "
          + "no instruction, LR 0x1, MSR 0x") == true, "\(lines)")
    #expect(lines.first?.hasSuffix("level power7 on power8") == true)
    #expect(lines.count == 1)
  }

  /// An instruction of a newer version, in a position-independent program.
  @Test func theVersionOfWhatFaultsIsSaid() throws {
    // brd r3,r3 of 3.1
    let program = Self.program([0x7C63_0176, 0], type: 3, dynamic: true)
    let log = Log()
    let (_, outcome) = try TestGuestTests.machine(.power8, nil) {
      $0.program = .file(GuestFile(program, name: "test"))
      $0.observers.log = { log.append($0) }
    }
    #expect(outcome.description.hasPrefix("no processor can run"))
    #expect(
      log.lines.last?.contains("word 0x7c630176 `brd r3,r3` (ISA 3.1; power8 has 2.07)") == true,
      "\(log.lines)")
    #expect(log.lines.first?.contains("position-independent program (ET_DYN)") == true)
  }

  @Test func whatIsNoKernelIsNamed() throws {
    func message(_ bytes: [UInt8]) -> String {
      do throws(ELFError) {
        _ = try ELFImage(GuestFile(bytes, name: "test"))
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      message(ELFImageTests.file(wide: true, big: false, machine: 62)).hasPrefix("is for x86-64; "))
    #expect(message(ELFImageTests.file(wide: true, big: false, machine: 183)).contains("AArch64"))
    #expect(message(Self.program([0], type: 1)).contains("an object file"))
    #expect(message(Self.program([0], interpreter: true)).contains("link it with -static -no-pie"))
    #expect(message(Self.program([0], type: 3, dynamic: true)) == "")
  }
}

/// Lines that a machine logs.
private final class Log: @unchecked Sendable {
  // Safety: one thread runs the machine, and the test looks afterwards.
  private(set) var lines: [String] = []
  func append(_ line: String) { lines.append(line) }
}
