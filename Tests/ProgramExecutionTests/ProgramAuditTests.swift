import Foundation
import HostSupport
import JSON
import PowerISA
import Testing

@testable import PowerCPU
@testable import ProgramExecution

/// What a file has, how an audit is shown, and where code is found.
@Suite struct ProgramAuditTests {
  /// `modsd r3,r9,r4` and `blr`; `paddi r4,0,1476,1`; `lxvd2x vs0,0,r4`.
  private static let words: [UInt32] = [
    0x7C69_2612, 0x4E80_0020, 0x0610_0000, 0x3880_05C4, 0x7C00_2698, 0x4E80_0020,
  ]

  private func bytes(_ words: [UInt32], isLittle: Bool = true) -> [UInt8] {
    words.flatMap { word in
      let bytes = (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
      return isLittle ? bytes : bytes.reversed()
    }
  }

  private func program(
    _ words: [UInt32], isLittle: Bool = true,
    functions: [(name: String, address: Int, size: Int)] = [("first", 0x1_0000, 8)]
  ) throws -> ProgramFile {
    var sample = ELFSample()
    sample.isLittle = isLittle
    sample.code = bytes(words, isLittle: isLittle)
    sample.functions = functions
    return try ProgramFile(ProgramBytes(sample.bytes, name: "/p"))
  }

  @Test(arguments: [true, false])
  func aFileIsListed(isLittle: Bool) throws {
    let audit = try ProgramAudit(program(Self.words, isLittle: isLittle))
    #expect(audit.kinds.map(\.name) == ["paddi", "modsd", "lxvd2x", "bclr"])
    #expect(audit.kinds.map(\.version) == [.v3_1, .v3_0, .v2_06, .v2_00])
    #expect(audit.kinds.map(\.count) == [1, 1, 1, 2])
    #expect(audit.needs == .power10)
    #expect(audit.kinds(above: .power8).map(\.name) == ["paddi", "modsd"])
    #expect(audit.kinds(above: .power9).map(\.name) == ["paddi"])
    #expect(audit.kinds[0].places[0].code == CodePlace(file: "/p", address: 0x1_0008))
    #expect(audit.kinds[1].places[0].code?.text == "first in /p")
  }

  @Test func theReportOfAFile() throws {
    let audit = try ProgramAudit(program(Self.words))
    let text = audit.text(.init(program: "p", outcome: "what is in the file"), above: .power8)
    #expect(
      text == """
        p: what is in the file
        all that it has is there from power10 on (ISA 3.1)

        ISA 3.1 (power10): 1 kind, 1 place
          instruction  places  address  first              in
          paddi        1       0x10008  paddi r4,0,1476,1  0x10008 in /p

        ISA 3.0 (power9): 1 kind, 1 place
          instruction  places  address  first           in
          modsd        1       0x10000  modsd r3,r9,r4  first in /p

        ISA 2.06 (power7): 1 kind, 1 place

        ISA 2.00: 1 kind, 2 places

        This is what is in the file, data among its code included. Parts of it may be chosen by the level
        (AT_HWCAP): boot-test audit without --static shows what is executed.

        """)
  }

  /// A kind that is in two files has a row for each, and the files have their own levels.
  @Test func theReportOfARun() throws {
    func place(_ file: String?, _ count: UInt64) -> ProgramAudit.Place {
      ProgramAudit.Place(
        address: 0x1000,
        code: file.map { CodePlace(file: $0, address: 0x20, function: "f", offset: 4) },
        text: "x", count: count)
    }
    let rows = try ProgramAudit(program(Self.words)).kinds
    var (newest, newer) = (rows[0], rows[1])
    newest.places = [place("/lib/c", 5)]
    newest.count = 5
    newer.places = [place("/lib/c", 1), place("/p", 2), place("/p", 3), place(nil, 4)]
    newer.count = 10
    let audit = ProgramAudit(kinds: [newer, newest], isExecuted: true)
    #expect(
      audit.files == [
        .init(path: "/lib/c", needs: .power10, kinds: 2),
        .init(path: "(no known file)", needs: .power9, kinds: 1),
        .init(path: "/p", needs: .power9, kinds: 1),
      ])
    let text = audit.text(
      .init(program: "p", outcome: "ended", level: .power10, rejected: ["`y`"]), above: .power8)
    #expect(
      text == """
        p: ended
        all that it executed is there from power10 on (ISA 3.1)
        rejected: `y`
        what it would have executed after that is not known

        needs    file
        power10  /lib/c
        power9   (no known file)
        power9   /p

        ISA 3.1 (power10): 1 kind, executed 5 times
          instruction  executed  places  address  first  in
          paddi        5         1       0x1000   x      f+0x4 in /lib/c

        ISA 3.0 (power9): 1 kind, executed 10 times
          instruction  executed  places  address  first  in
          modsd        1         1       0x1000   x      f+0x4 in /lib/c
          modsd        5         2       0x1000   x      f+0x4 in /p
          modsd        4         1       0x1000   x      (no known file)

        This is what was executed at the level power10. Libraries and programs choose code by the level (AT_HWCAP):
        boot-test exec --level LEVEL shows whether it runs at another.

        """)
    let document = audit.json(above: .power9)
    #expect(document["needs"]?.string == "power10" && document["executed"]?.bool == true)
    #expect(document["files"]?.elements?.count == 3)
    let kinds = try #require(document["instructions"]?.elements)
    #expect(kinds.count == 1 && kinds[0]["name"]?.string == "paddi")
    let first = try #require(kinds[0]["places"]?.elements?.first)
    #expect(first["fileAddress"]?.string == "0x20" && first["function"]?.string == "f")
  }

  /// `tbegin.` is of 2.07 and 3.0 only: no level has it and `paddi`.
  @Test func whatWasDroppedIsNamed() throws {
    let audit = try ProgramAudit(program(Self.words + [0x7C00_051D]))
    #expect(audit.needs == .power10)
    let text = audit.text(.init(program: "p", outcome: "x"), above: .power8)
    #expect(
      text.contains("the newest of it is there from power10 on (ISA 3.1), which lacks tbegin.\n"))
    #expect(audit.files.map(\.needs) == [.power10])
  }

  /// After `bctr`, words that lead from the first of them into the function are its table.
  @Test func tablesOfSwitchesAreNoInstructions() throws {
    // Two distances, the second to before the table: as an instruction it would be xscmpuqp or the like.
    let words: [UInt32] = [0x6000_0000, 0x4E80_0420, 0x0000_0008, 0xFFFF_FFF8, 0x4E80_0020]
    let inFunction = try ProgramAudit(
      program(words, functions: [("switch", 0x1_0000, 20)]))
    #expect(inFunction.kinds.map(\.name).sorted() == ["bcctr", "bclr", "ori"])
    let withoutSymbols = try ProgramAudit(program(words, functions: []))
    #expect(withoutSymbols.kinds.map(\.name).sorted() == ["bcctr", "bclr", "ori"])
    let elsewhere = try ProgramAudit(
      program([0x6000_0000, 0x6000_0000] + words[2...], functions: [("other", 0x1_0000, 20)]))
    #expect(elsewhere.kinds.count == 3)
  }

  /// `fre` with bits that are reserved, and a `plxv` with a base and an address from here: what assemblers do not
  /// write is data.
  @Test func invalidFormsAreNoInstructions() throws {
    let audit = try ProgramAudit(
      program([0x6000_0000, 0xFFFF_FC30, 0x0410_E030, 0xCF8A_0001]))
    #expect(audit.kinds.map(\.name) == ["ori"])
  }

  // MARK: places

  private func occurrence(
    _ address: UInt64, _ code: ArraySlice<UInt8>
  ) -> InstructionOccurrence {
    InstructionOccurrence(
      address: address, instruction: Instruction(word: 0), ordinal: 1, processor: 0, process: 1,
      program: nil, text: "x", code: Array(code))
  }

  /// A block that is in the file twice is found by the distance of one that is there once.
  @Test func whatIsThereTwiceIsFoundByItsNeighbours() throws {
    var sample = ELFSample()
    sample.code = (0..<12288).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 5) }
    sample.code.replaceSubrange(0x1200..<0x1300, with: sample.code[0x200..<0x300])
    let map = CodeMap()
    map.add(try ProgramFile(ProgramBytes(sample.bytes, name: "/p")), at: "/p")
    let twice = occurrence(0x7FFF_9000_1210, sample.code[0x1200..<0x1300])
    #expect(map.place(of: twice) == nil)
    map.learn([occurrence(0x7FFF_9000_1404, sample.code[0x1400..<0x1500])])
    #expect(map.place(of: twice) == CodePlace(file: "/p", address: 0x1_1210))
  }

  /// The rest of the last page is mapped, too.
  @Test func theEndOfTheCodeIsFound() throws {
    var sample = ELFSample()
    sample.code = (0..<0x140).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 5) }
    let file = sample.bytes
    let map = CodeMap()
    map.add([.init(path: "/p", bytes: file), .init(path: "/text", bytes: [1, 2, 3])])
    let start = try #require(file.firstRange(of: sample.code)).lowerBound
    let block = file[(start + 0x100)...] + [UInt8](repeating: 0, count: 256)
    let found = map.place(of: occurrence(0x7FFF_9000_0104, block.prefix(256)))
    #expect(found == CodePlace(file: "/p", address: 0x1_0104))
  }

  @Test func theAgentsPagesAreLeftOut() {
    let pages = ProgramAudit.options.ignoredPages
    #expect(pages.count >= 4 && pages.allSatisfy { $0.count == 4096 })
    #expect(pages.contains(Array(AgentImages.little.prefix(4096))))
  }
}
