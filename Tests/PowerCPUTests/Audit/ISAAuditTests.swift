import GuestMemory
import PowerISA
import Testing

@testable import PowerCPU

/// What problem state executes is counted, all of it and nothing else.
@Suite struct ISAAuditTests {
  /// addi r3,r3,1; bdnz back to it.
  static let loop: [UInt32] = [0x3863_0001, 0x4200_FFFC]
  /// brd r3,r3: ISA 3.1.
  static let brd: UInt32 = 0x7C63_0176
  static let mtTAR: UInt32 = 0x7C6F_CBA6

  /// Counts by name, brought up to date.
  static func counts(_ processors: VirtualProcessor...) -> [String: UInt64] {
    for processor in processors { processor.flushAuditCounts() }
    return Dictionary(
      (processors[0].audit?.entries ?? []).filter { $0.count > 0 }
        .map { ($0.register.map { "spr\($0)" } ?? $0.row.mnemonic, $0.count) }, uniquingKeysWith: +)
  }

  static func audited(_ model: ProcessorModel = .power10) throws -> ProblemState {
    let guest = try ProblemState(model)
    guest.processor.audit = ISAAudit()
    return guest
  }

  @Test(arguments: [false, true])
  func everyExecutionCounts(littleEndian: Bool) throws {
    let guest = try Self.audited()
    guest.processor.write(.ctr, 1000)
    try guest.execute(Self.loop, littleEndian: littleEndian, count: 2000)
    #expect(guest.processor[gpr: 3] == 1000)
    #expect(Self.counts(guest.processor) == ["addi": 1000, "bc": 1000])
  }

  @Test func privilegedStateDoesNotCount() throws {
    let guest = try Self.audited()
    guest.processor.write(.ctr, 10)
    try guest.processor.execute(Self.loop, at: 0x5_0000, count: 20)
    #expect(Self.counts(guest.processor) == [:])
    try guest.execute([Self.brd])
    #expect(Self.counts(guest.processor) == ["brd": 1])
  }

  @Test func theFirstOccurrenceIsKept() throws {
    let guest = try Self.audited()
    try guest.execute([0x3863_0001, Self.brd, Self.brd])
    let entry = try #require(guest.processor.audit?.entries.first { $0.row.mnemonic == "brd" })
    #expect(entry.first.address == ProblemState.code + 4)
    #expect(entry.first.ordinal == 2)
    #expect(entry.first.processor == 0)
    #expect(entry.first.process == 7)
    #expect(entry.first.program == nil)
    #expect(entry.first.text == "brd     r3,r3")
    #expect(entry.level == .v3_1)
    #expect(entry.comparison.earliest == .power10)
  }

  @Test func countsOutliveTheDecodedCode() throws {
    let guest = try Self.audited()
    try guest.execute([Self.brd, Self.brd])
    // Written over by the hypervisor, then dropped.
    try guest.execute([0x3863_0001, 0x3863_0001])
    guest.processor.dropDecodedCode()
    try guest.execute([0x3863_0001])
    #expect(Self.counts(guest.processor) == ["brd": 2, "addi": 3])
    // A second flush adds nothing.
    #expect(Self.counts(guest.processor) == ["brd": 2, "addi": 3])
  }

  /// stw r5,8(r4) over the addi two words later, which becomes brd.
  @Test func aProgramThatWritesItselfCountsAsItRuns() throws {
    let guest = try Self.audited()
    guest.processor[gpr: 4] = ProblemState.code
    guest.processor[gpr: 5] = UInt64(Self.brd)
    let words: [UInt32] = [0x6000_0000, 0x90A4_0008, 0x3863_0001]
    try guest.execute(words)
    #expect(Self.counts(guest.processor) == ["ori": 1, "stw": 1, "brd": 1])
  }

  @Test func processorsHaveOneAudit() throws {
    let first = try Self.audited()
    let second = try ProblemState(sharing: first)
    second.processor.audit = first.processor.audit
    try second.execute([Self.brd])
    try first.execute([Self.brd, Self.brd])
    #expect(Self.counts(first.processor, second.processor) == ["brd": 3])
    #expect(first.processor.audit?.entries.first?.first.processor == 1)
  }

  @Test func registersAreEntriesOfTheirOwn() throws {
    let guest = try Self.audited()
    guest.processor.write(.fscr, 1 << UInt64(Facility.tar.rawValue))
    // mtspr TAR, mtspr LR
    try guest.execute([Self.mtTAR, 0x7C68_03A6, Self.mtTAR])
    #expect(Self.counts(guest.processor) == ["spr815": 2, "spr8": 1])
    let levels = guest.processor.audit?.entries.map(\.level)
    #expect(levels == [.v2_07, .v2_00])
  }

  /// Neither what the level has not, nor what is privileged.
  @Test func whatIsRefusedDoesNotCount() throws {
    let guest = try Self.audited(.power9)
    guest.processor.write(.pcr, PCR.v2_06.rawValue)
    // mtspr TAR, xsaddsp, mfmsr
    for word in [Self.mtTAR, 0xF000_0000, 0x7C60_00A6] { try guest.execute([word]) }
    #expect(Self.counts(guest.processor) == [:])
    // With the level gone the same words are there.
    guest.processor.write(.pcr, 0)
    guest.processor.write(.fscr, 1 << UInt64(Facility.tar.rawValue))
    for word in [Self.mtTAR, 0xF000_0000, 0x7C60_00A6] { try guest.execute([word]) }
    #expect(Self.counts(guest.processor) == ["spr815": 1, "xsaddsp": 1])
  }

  /// `mffs` and the word that is `mffsl` from 3.0 on, at a level that has the first only.
  @Test func wordsThatAreSomethingElseElsewhereAreParted() throws {
    let guest = try Self.audited(.power9)
    guest.processor.write(.pcr, PCR.v2_07.rawValue)
    try guest.execute([0xFC20_048E, 0xFC38_048E, 0xFC38_048E])
    guest.processor.flushAuditCounts()
    let entries = try #require(guest.processor.audit?.entries)
    #expect(entries.map(\.row.mnemonic) == ["mffs", "mffs"])
    #expect(entries.map(\.count) == [1, 2])
    #expect(entries[0].comparison[.power9] == .same)
    #expect(entries[1].comparison[.power9] != .same)
  }

  static func audited(_ options: ISAAudit.Options) throws -> ProblemState {
    let guest = try ProblemState(.power10)
    guest.processor.audit = ISAAudit(options)
    return guest
  }

  /// addi, brd, brd, and the loop back to the first brd.
  @Test func placesOfAVersionAreKept() throws {
    var options = ISAAudit.Options()
    options.sitesSince = .v3_1
    let guest = try Self.audited(options)
    guest.processor.write(.ctr, 5)
    try guest.execute([0x3863_0001, Self.brd, Self.brd, 0x4200_FFF8], count: 16)
    guest.processor.dropDecodedCode()
    // The word that comes later to the place of a brd has a place of its own.
    try guest.execute([0x3863_0001, Self.brd, 0x7C84_0176])
    guest.processor.flushAuditCounts()
    let entries = try #require(guest.processor.audit?.entries)
    #expect(entries.first { $0.row.mnemonic == "addi" }?.sites.isEmpty == true)
    let sites = try #require(entries.first { $0.row.mnemonic == "brd" }?.sites)
    #expect(sites.map(\.first.address) == [4, 8, 8].map { ProblemState.code + $0 })
    #expect(sites.map(\.count) == [6, 5, 1])
    #expect(sites.map(\.first.instruction.word) == [Self.brd, Self.brd, 0x7C84_0176])
  }

  @Test func pagesCanBeLeftOut() throws {
    let words = [0x3863_0001, Self.brd]
    var page = words.flatMap { word in
      (0..<4).reversed().map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
    page += [UInt8](repeating: 0, count: 4096 - page.count)
    var options = ISAAudit.Options()
    options.ignoredPages = [page]
    let guest = try Self.audited(options)
    try guest.execute(words)
    #expect(Self.counts(guest.processor) == [:])
    page[4095] = 1
    options.ignoredPages = [page]
    let other = try Self.audited(options)
    try other.execute(words)
    #expect(Self.counts(other.processor) == ["addi": 1, "brd": 1])
  }

  @Test func tracingCountsToo() throws {
    let guest = try Self.audited()
    guest.processor.instructionTrace = { _, _ in }
    try guest.execute([Self.brd, Self.brd])
    #expect(Self.counts(guest.processor) == ["brd": 2])
  }
}
