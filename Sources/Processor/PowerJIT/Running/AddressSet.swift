/// Real addresses of instructions.
struct AddressSet {
  private var pages: [UInt64: PageWords] = [:]
  private(set) var count = 0

  /// The words of a page that are in it.
  func words(ofPage page: UInt64) -> PageWords { pages[page] ?? PageWords() }

  func contains(_ address: UInt64) -> Bool {
    words(ofPage: address & ~0xFFF).contains(Self.word(address))
  }

  mutating func insert(_ address: UInt64) {
    guard !contains(address) else { return }
    count += 1
    pages[address & ~0xFFF, default: PageWords()].insert(Self.word(address))
  }

  mutating func removeAll() { self = AddressSet() }

  private static func word(_ address: UInt64) -> Int { Int(address & 0xFFF) >> 2 }
}
