/// The translated code of one page of guest code, in one context.
final class CodePage {
  struct Key: Hashable {
    /// The page of decoded entries: real page, byte order and instruction set.
    let decoded: UnsafeMutableRawPointer
    /// Effective address; nil in problem state, where processes have the same page at different addresses.
    let page: UInt64?
    let context: RegionContext
    /// Whether the address maps to the same page for as long as translated code runs.
    let isLasting: Bool
  }

  let key: Key
  /// Real address.
  let real: UInt64

  private typealias Table = UnsafeMutablePointer<UInt>
  /// Host addresses by word, 0 without code: first of code that needs no register file, then of
  /// code for each combination of available register files.
  // Safety: allocated when first needed, freed with this object.
  private var tables = InlineArray<9, Table?>(repeating: nil)
  /// The translated words.
  private var covered = PageWords()
  /// The words at which translated blocks begin.
  private var starts = PageWords()
  /// The translated regions: where their code is, their words, and how many instructions they have.
  private var regions: [(code: Range<UInt>, words: PageWords, instructionCount: Int)] = []
  /// Places at which no region could be built.
  private var untranslatable = Set<Int>()
  /// The entry of the region that lacks a place.
  private var missing: [Int: Int] = [:]
  /// How often the region of an entry was translated again.
  private var remakes: [Int: Int] = [:]
  private static let remakeLimit = 8

  /// The effective addresses that entry caches may have it for.
  private(set) var addresses: Set<UInt64> = []
  /// Whether there are more of them.
  private(set) var hasMoreAddresses = false
  private static let addressLimit = 64

  func note(address: UInt64) {
    guard !hasMoreAddresses else { return }
    addresses.insert(address)
    hasMoreAddresses = addresses.count > Self.addressLimit
  }

  init(_ key: Key, real: UInt64) {
    self.key = key
    self.real = real
  }

  /// Approximate bytes of host memory in use.
  var bytes: Int {
    var bytes =
      256 + 16 * addresses.count + 152 * regions.count
      + (untranslatable.count + missing.count + remakes.count) * 48
    for index in tables.indices where tables[index] != nil {
      bytes += 1024 * MemoryLayout<UInt>.stride
    }
    return bytes
  }

  deinit { for index in tables.indices { tables[index]?.deallocate() } }

  /// The key of a word in one of the tables.
  private static func place(_ word: Int, _ table: Int) -> Int { table << 10 | word }

  /// - Parameter facilities: the available register files.
  /// - Returns: 0 without code.
  func code(atWord word: Int, facilities: Int) -> UInt {
    if let table = tables[facilities], table[word] != 0 { return table[word] }
    return tables[0].map { $0[word] } ?? 0
  }

  /// - Parameter facilities: 0 for code that needs none.
  func setCode(_ address: UInt, atWord word: Int, facilities: Int) {
    let table = tables[facilities] ?? Self.makeTable()
    tables[facilities] = table
    table[word] = address
  }

  /// Drops code in a range of host addresses.
  /// - Parameter entry: called with each word that had code there.
  func forget(_ range: Range<UInt>, entry: (Int) -> Void = { _ in }) {
    regions.removeAll { range.contains($0.code.lowerBound) }
    for index in tables.indices {
      guard let table = tables[index] else { continue }
      for word in 0..<1024 where range.contains(table[word]) {
        table[word] = 0
        entry(word)
      }
    }
  }

  private static func makeTable() -> Table {
    let table = Table.allocate(capacity: 1024)
    table.initialize(repeating: 0, count: 1024)
    return table
  }

  /// Records a new region.
  /// - Parameters:
  ///   - words: those that it has.
  ///   - starts: those at which its blocks begin.
  ///   - instructionCount: how many instructions.
  ///   - code: the addresses of its host code.
  func add(_ words: PageWords, starts: PageWords, instructionCount: Int, code: Range<UInt>) {
    covered.formUnion(words)
    self.starts.formUnion(starts)
    regions.append((code, words, instructionCount))
  }

  /// How often instructions may be translated, on average.
  private static let repetitionLimit = 2

  /// Whether instructions have been translated so often that a new region should be short, and end where there is
  /// code: unrolled code that is entered at many places would otherwise be translated from each of them to its end.
  var isRepetitive: Bool {
    regions.reduce(0) { $0 + $1.instructionCount } > Self.repetitionLimit * covered.count
  }

  /// Drops the code of the regions that have a word.
  /// - Parameter entry: called with each word at which they were entered.
  func forgetRegions(with word: Int, entry: (Int) -> Void) {
    for region in regions where region.words.contains(word) { forget(region.code, entry: entry) }
  }

  /// Whether some of its code had been kept: the words of that may not have been decoded.
  var isKept = false
  /// The translated words.
  var words: PageWords { covered }

  /// Whether a word is in translated blocks, and not at the beginning of one.
  func isInsideBlock(_ word: Int) -> Bool { covered.contains(word) && !starts.contains(word) }

  func isCovered(_ words: ClosedRange<Int>) -> Bool {
    if words.count >= 1024 { return true }
    return words.contains { covered.contains($0) }
  }

  /// The entry of the region that would continue at a word, if it may be translated again with that
  /// word.
  func regionMissing(_ word: Int, facilities: Int) -> Int? {
    guard
      let entry = missing[Self.place(word, facilities)] ?? missing[Self.place(word, 0)],
      remakes[Self.place(entry, facilities), default: 0] < Self.remakeLimit
    else { return nil }
    return entry
  }

  /// Records words that a region lacks because they had not been executed.
  func setMissing(_ words: [Int], from entry: Int, facilities: Int) {
    for word in words { missing[Self.place(word, facilities)] = entry }
  }

  func noteRemake(of entry: Int, facilities: Int) {
    remakes[Self.place(entry, facilities), default: 0] += 1
  }

  func setUntranslatable(_ word: Int, facilities: Int) {
    untranslatable.insert(Self.place(word, facilities))
  }
  func isUntranslatable(_ word: Int, facilities: Int) -> Bool {
    untranslatable.contains(Self.place(word, facilities))
  }
}
