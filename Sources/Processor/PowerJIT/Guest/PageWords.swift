/// A set of words of a page.
package struct PageWords: Sequence, Equatable {
  /// One bit each.
  private var bits = InlineArray<16, UInt64>(repeating: 0)

  init() {}

  package static func == (a: Self, b: Self) -> Bool { a.parts.elementsEqual(b.parts) }

  var count: Int { parts.reduce(0) { $0 + $1.nonzeroBitCount } }

  func contains(_ word: Int) -> Bool { bits[word >> 6] & 1 << UInt64(word & 63) != 0 }

  mutating func insert(_ word: Int) { bits[word >> 6] |= 1 << UInt64(word & 63) }

  mutating func formUnion(_ other: PageWords) {
    for index in bits.indices { bits[index] |= other.bits[index] }
  }

  /// The words in ascending order.
  package func makeIterator() -> Iterator { Iterator(bits) }

  package struct Iterator: IteratorProtocol {
    private let bits: InlineArray<16, UInt64>
    private var part = 0
    /// The words of the part that come next.
    private var rest: UInt64

    fileprivate init(_ bits: InlineArray<16, UInt64>) {
      self.bits = bits
      rest = bits[0]
    }

    package mutating func next() -> Int? {
      while rest == 0 {
        part += 1
        guard part < bits.count else { return nil }
        rest = bits[part]
      }
      defer { rest &= rest - 1 }
      return part << 6 | rest.trailingZeroBitCount
    }
  }

  /// Sixteen doublewords; word 0 is the least significant bit of the first.
  var parts: some Collection<UInt64> { bits.indices.lazy.map { bits[$0] } }

  /// From ``parts``, of which there must be sixteen.
  init(parts: [UInt64]) { for index in bits.indices { bits[index] = parts[index] } }
}
