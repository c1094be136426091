/// The translated code of one page of guest code, in one context.
final class CodePage {
  struct Key: Hashable {
    /// The page of decoded entries: real page, byte order and the instructions that exist.
    let decoded: UnsafeMutableRawPointer
    /// Effective address.
    let page: UInt64
    let context: RegionContext
  }

  let key: Key
  /// Real address.
  let real: UInt64
  /// Host address by word, 0 where none is known.
  private var code = [UInt](repeating: 0, count: 1024)
  /// Words that were translated, a bit each.
  private var covered = [UInt64](repeating: 0, count: 16)
  /// Words at which no region could be made.
  private var refused = Set<Int>()

  /// The entry of the region that lacks a word.
  private var missing: [Int: Int] = [:]
  /// How often the region of an entry was made anew.
  private var remakes: [Int: Int] = [:]
  private static let remakeLimit = 8

  init(_ key: Key, real: UInt64) {
    self.key = key
    self.real = real
  }

  func code(atWord word: Int) -> UInt? {
    let address = code[word]
    return address == 0 ? nil : address
  }

  func setCode(_ address: UInt, atWord word: Int) { code[word] = address }

  func cover(_ word: Int) {
    guard word < 1024 else { return }
    covered[word >> 6] |= 1 << UInt64(word & 63)
  }

  func isCovered(_ words: ClosedRange<Int>) -> Bool {
    if words.count >= 1024 { return true }
    return words.contains { covered[$0 >> 6] & 1 << UInt64($0 & 63) != 0 }
  }

  /// The entry of the region that would have gone on at a word, if it may be made anew with it.
  func regionMissing(_ word: Int) -> Int? {
    guard let entry = missing[word], remakes[entry, default: 0] < Self.remakeLimit else {
      return nil
    }
    return entry
  }

  /// Notes what a region would have liked to have.
  func setMissing(_ words: [Int], from entry: Int) {
    for word in words { missing[word] = entry }
  }

  func noteRemake(of entry: Int) { remakes[entry, default: 0] += 1 }

  func refuse(_ word: Int) { refused.insert(word) }
  func isRefused(_ word: Int) -> Bool { refused.contains(word) }
}
