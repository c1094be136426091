import EngineComparison
import Glibc
import HostSupport
import PowerCPU
import PowerISA
import Testing

@testable import PowerJIT

/// A folder that is removed at the end.
private final class Folder {
  let path: String

  init() throws {
    var template = Array("/tmp/kept-code-XXXXXX".utf8CString)
    path = try #require(mkdtemp(&template).map { String(cString: $0) })
  }

  deinit {
    for file in files { unlink("\(path)/\(file)") }
    rmdir(path)
  }

  var files: [String] {
    (try? InputFolder(opening: path).entries(limit: 1 << 16).map(\.name)) ?? []
  }

  /// Replaces the contents of the only file.
  func change(_ body: (inout [UInt8]) -> Void) throws {
    let name = "\(path)/\(try #require(files.first))"
    var bytes = try InputFile(opening: name).contents(limit: 1 << 24)
    body(&bytes)
    let file = open(name, O_WRONLY | O_TRUNC)
    #expect(WholeWrite.write(bytes, to: file) == 0)
    close(file)
  }
}

@Suite("Code kept between runs")
struct KeptCodeTests {
  /// CTR and SPRG0 are set, and then a loop counts to 4000 in r3.
  private let loop: [(String, [Int64])] = [
    ("addi", [8, 0, 1000]), ("mtspr", [9, 8]), ("addi", [8, 0, 0x1234]), ("mtspr", [272, 8]),
    ("addi", [3, 3, 4]), ("mfspr", [5, 272]), ("fadd", [3, 1, 2]), ("lwz", [6, 0, 3]),
    ("divde", [7, 3, 4]), ("mtmsrd", [10, 0]), ("bc", [16, 0, -24]),
  ]

  private func run(
    _ folder: Folder, _ lines: [(String, [Int64])]? = nil, hardware: ProcessorModel = .power9
  ) throws -> (guest: Translated, statistics: TranslatorStatistics) {
    let guest = try Translated(lines ?? loop, hardware: hardware)
    guest.translator.keptCode = try KeptCode(folder: folder.path)
    guest.cpu.machineState |= MSR.fp
    guest.cpu[gpr: 4] = 77
    guest.cpu[gpr: 10] = guest.cpu.machineState
    _ = guest.cpu.run(instructions: 4 + 7 * 900)
    #expect(guest.cpu[gpr: 3] == 3600 || lines != nil)
    #expect(guest.cpu[gpr: 5] == 0x1234)
    return (guest, guest.translator.statistics)
  }

  @Test("is used by another translator")
  func used() throws {
    let folder = try Folder()
    let first = try run(folder).statistics
    #expect(first.regions > 0 && first.keptRegions == 0)
    let second = try run(folder).statistics
    #expect(second.keptRegions > 0 && second.regions == 0)
  }

  @Test("is not used for other instructions, another processor, or a damaged file")
  func unused() throws {
    let folder = try Folder()
    _ = try run(folder)
    var other = loop
    other[6] = ("fsub", [3, 1, 2])
    #expect(try run(folder, other).statistics.keptRegions == 0)
    #expect(try run(folder, hardware: .power10).statistics.keptRegions == 0)
    try folder.change { $0[$0.count / 4] ^= 0x10 }
    _ = try run(folder)
  }

  @Test("survives any damage to its file", arguments: 0..<40 as Range<UInt64>)
  func damaged(_ seed: UInt64) throws {
    let folder = try Folder()
    _ = try run(folder)
    var random = SplitMix64(state: seed)
    try folder.change { bytes in
      for _ in 0..<1 + random.below(6) {
        bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
      }
      if random.once(in: 3) { bytes.removeLast(random.below(bytes.count)) }
    }
    _ = try run(folder)
    // What the damage has cost is there again.
    #expect(try run(folder).statistics.regions == 0)
  }

  @Test("decodes nothing but regions", arguments: 0..<200 as Range<UInt64>)
  func decoding(_ seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    var words = PageWords()
    for _ in 0..<random.below(20) { words.insert(random.below(1024)) }
    var starts = PageWords()
    for _ in 0..<random.below(20) { starts.insert(random.below(1024)) }
    let key = CodePage.Key(
      decoded: UnsafeMutableRawPointer(bitPattern: 8)!, page: random.next(),
      context: RegionContext(msr: random.next(), summaryOverflow: true), isLasting: false)
    let region = KeptRegion(
      scope: CodeScope(key, environment: random.next()), words: words,
      contents: words.map { _ in UInt32(truncatingIfNeeded: random.next()) }, starts: starts,
      facilities: 3,
      entries: [KeptRegion.Entry(word: 5, offset: 9)], first: 5, missing: [7, 1023],
      instructionCount: 4,
      helperCalls: [
        HelperCall(
          handler: 1, effectiveAddress: 2, word: 3, remainingCount: -4, operands: 5,
          reason: .access, isProblemState: true, pageMask: ~0)
      ],
      relocations: [CodeRelocation(kind: 1, start: 2, index: 0)],
      code: (0..<10 + random.below(50)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    let bytes = region.encoded().all
    #expect(KeptRegion(bytes)?.encoded().all == bytes)
    for count in 0..<bytes.count { #expect(KeptRegion(Array(bytes[..<count])) == nil) }
    for _ in 0..<100 {
      var changed = bytes
      changed[random.below(changed.count)] = UInt8(truncatingIfNeeded: random.next())
      guard let other = KeptRegion(changed) else { continue }
      #expect(other.entries.allSatisfy { $0.offset < other.code.count && $0.word < 1024 })
    }
  }

  @Test("is only read while another run has the file")
  func shared() throws {
    let folder = try Folder()
    let first = try run(folder)
    let second = try run(folder).statistics
    // The first has not written it yet.
    #expect(second.regions > 0)
    withExtendedLifetime(first.guest) {}
    #expect(folder.files.count == 1)
  }

  @Test("is refused where others can write")
  func permissions() throws {
    let folder = try Folder()
    chmod(folder.path, 0o777)
    #expect(throws: KeptCodeError.self) { try KeptCode(folder: folder.path) }
    chmod(folder.path, 0o700)
    do { _ = try KeptCode(folder: folder.path) }
    let file = "\(folder.path)/\(try #require(folder.files.first))"
    chmod(file, 0o622)
    #expect(throws: KeptCodeError.self) { try KeptCode(folder: folder.path) }
    #expect(throws: KeptCodeError.self) { try KeptCode(folder: "/dev/null/folder") }
  }

  @Test("leaves the newest files of other builds")
  func others() throws {
    let folder = try Folder()
    let names = (0..<6).map { "000000000000000\($0).papr-code" } + ["notes.papr-code"]
    for (index, name) in names.enumerated() {
      let path = "\(folder.path)/\(name)"
      close(open(path, O_WRONLY | O_CREAT, 0o600))
      let time = timespec(tv_sec: 1000 + index % 6, tv_nsec: 0)
      #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
    }
    do { _ = try KeptCode(folder: folder.path) }
    #expect(names.filter { folder.files.contains($0) } == Array(names.dropFirst(3)))
  }

  @Test("makes no difference to random programs")
  func randomPrograms() throws {
    let folder = try Folder()
    var comparison = EngineComparison()
    comparison.keptCode = try KeptCode(folder: folder.path)
    for seed in 1...60 as ClosedRange<UInt64> {
      let difference = try comparison.compare(seed: seed)
      #expect(difference == nil, "\(difference ?? "")")
    }
    #expect(comparison.statistics.contains { $0.keptRegions > 0 })
  }

  @Test("code with a place to be replaced that is not in it is not used")
  func unknownPlaces() throws {
    let backEnd = try Translated([]).translator.backEnd
    func install(_ kind: UInt8, start: Int, index: Int) -> UInt? {
      backEnd.install(
        Array(repeating: 0xC3, count: 16), [CodeRelocation(kind: kind, start: start, index: index)],
        callCount: 1)
    }
    // The address of a helper call has eight bytes.
    #expect(install(1, start: 8, index: 0) != nil)
    #expect(install(1, start: 9, index: 0) == nil)
    #expect(install(1, start: 8, index: 1) == nil)
    #expect(install(200, start: 8, index: 0) == nil)
  }
}
