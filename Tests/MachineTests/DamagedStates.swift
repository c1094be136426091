import SavedState
import Testing

/// A saved state with single bytes of some sections changed, again and again the same ones.
struct DamagedStates: Sequence, IteratorProtocol {
  private var sections: [SectionBytes] = []
  /// Places of the sections that are damaged.
  private let own: [Int]
  private var generator: SeededGenerator
  private var left: Int

  /// - Parameters:
  ///   - state: a whole stream.
  ///   - keys: the sections that are damaged; each of them is in the stream once.
  ///   - count: how many damaged streams there are.
  ///   - seed: of the changes.
  init(of state: [UInt8], in keys: Set<String>, count: Int, seed: UInt64) throws {
    var reader = try StateReader(from: StateReader.source(of: state))
    while let section = try reader.next() { sections.append(section.bytes) }
    own = sections.indices.filter { [sections] in keys.contains(sections[$0].key) }
    #expect(own.count == keys.count)
    (generator, left) = (SeededGenerator(seed: seed), count)
  }

  mutating func next() -> [UInt8]? {
    guard left > 0 else { return nil }
    left -= 1
    var damaged = sections
    let place = generator.pick(own)
    let byte = Int.random(in: 0..<damaged[place].payload.count, using: &generator)
    damaged[place].payload[byte] ^= UInt8.random(in: 1...255, using: &generator)
    var bytes: [UInt8] = []
    do {
      var writer = try StateWriter { bytes += $0 }
      for section in damaged { try writer.write(section) }
      try writer.finish()
    } catch { Issue.record("\(error)") }
    return bytes
  }
}
