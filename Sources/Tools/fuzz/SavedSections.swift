import SavedState

/// A saved state, whole and by its sections, which are as its format has them.
struct SavedSections {
  let bytes: [UInt8]
  let format: UInt32
  let sections: [SectionBytes]

  init(_ bytes: [UInt8]) throws(StateError) {
    self.bytes = bytes
    var reader = try StateReader(from: StateReader.source(of: bytes))
    var sections: [SectionBytes] = []
    while let section = try reader.next() { sections.append(section.bytes) }
    self.sections = sections
    format = reader.format
  }
}

extension InputGenerator {
  /// The beginning of one stream and the end of another.
  mutating func splice(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
    let start = below(min(first.count, second.count))
    return Array(first[..<start] + second[start...])
  }

  /// Sections dropped, repeated, moved, or taken from another stream.
  mutating func rearrange(_ state: SavedSections, _ other: SavedSections) -> [UInt8] {
    var sections = state.sections
    for _ in 0...below(2) {
      let index = below(sections.count)
      guard !sections.isEmpty else { break }
      switch below(7) {
      case 0: sections.remove(at: index)
      case 1: sections.insert(sections[index], at: below(sections.count))
      case 2: sections.swapAt(index, below(sections.count))
      case 3: sections[index] = other.sections[below(other.sections.count)]
      case 4: sections[index].instance = [0, 1, 2, 255, 256, .max][below(6)]
      case 5: sections[index].version = [0, 2, 3, .max][below(4)]
      default: sections[index].isOptional.toggle()
      }
    }
    return Self.stream(sections, state.format)
  }

  /// Fields changed in one section or several, with checksums that agree.
  mutating func changeFields(_ state: SavedSections) -> [UInt8] {
    var sections = state.sections
    // Sections of storage are many; what is not storage has the fields.
    let others = sections.indices.filter { FieldTree.read(sections[$0].payload[...]) != nil }
    for _ in 0...below(2) {
      if below(8) == 0 {
        let index = below(sections.count)
        sections[index].payload = mutate(sections[index].payload)
        continue
      }
      let index = others[below(others.count)]
      guard var fields = FieldTree.read(sections[index].payload[...]) else { continue }
      for _ in 0...below(2) { change(&fields) }
      sections[index].payload = FieldTree.payload(fields)
    }
    return Self.stream(sections, state.format)
  }

  private static func stream(_ sections: [SectionBytes], _ format: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    // Nothing of this fails: the sink is an array.
    guard var writer = try? StateWriter(format: format, to: { bytes += $0 }) else { return bytes }
    for section in sections where section.payload.count <= StateReader.largestPayload {
      try? writer.write(section)
    }
    try? writer.finish()
    return bytes
  }
}
