import SavedState

/// A saved state, whole and by its sections.
struct SavedSections {
  let bytes: [UInt8]
  let sections: [StateReader.Section]

  init(_ bytes: [UInt8]) throws(StateError) {
    self.bytes = bytes
    var reader = try StateReader(from: StateReader.source(of: bytes))
    var sections: [StateReader.Section] = []
    while let section = try reader.next() { sections.append(section) }
    self.sections = sections
  }
}

/// A section to be written.
private struct SectionCopy {
  var name: String
  var instance: UInt32
  var version: UInt32
  var payload: [UInt8]

  init(_ section: StateReader.Section) {
    name = section.name
    instance = section.instance
    version = section.version
    payload = section.payload
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
    var sections = state.sections.map { SectionCopy($0) }
    for _ in 0...below(2) {
      let index = below(sections.count)
      guard !sections.isEmpty else { break }
      switch below(6) {
      case 0: sections.remove(at: index)
      case 1: sections.insert(sections[index], at: below(sections.count))
      case 2: sections.swapAt(index, below(sections.count))
      case 3: sections[index] = SectionCopy(other.sections[below(other.sections.count)])
      case 4: sections[index].instance = [0, 1, 2, 255, 256, .max][below(6)]
      default: sections[index].version = [0, 2, .max][below(3)]
      }
    }
    return Self.stream(sections)
  }

  /// Fields changed in one section or several, with checksums that agree.
  mutating func changeFields(_ state: SavedSections) -> [UInt8] {
    var sections = state.sections.map { SectionCopy($0) }
    // Sections of storage are many; what is not storage has the fields.
    let others = sections.indices.filter { SavedField.read(sections[$0].payload[...]) != nil }
    for _ in 0...below(2) {
      if below(8) == 0 {
        let index = below(sections.count)
        sections[index].payload = mutate(sections[index].payload)
        continue
      }
      let index = others[below(others.count)]
      guard var fields = SavedField.read(sections[index].payload[...]) else { continue }
      for _ in 0...below(2) { change(&fields) }
      sections[index].payload = SavedField.payload(fields)
    }
    return Self.stream(sections)
  }

  private static func stream(_ sections: [SectionCopy]) -> [UInt8] {
    var bytes: [UInt8] = []
    // Nothing of this fails: the sink is an array.
    guard var writer = try? StateWriter(to: { bytes += $0 }) else { return bytes }
    for section in sections where section.payload.count <= StateReader.largestPayload {
      try? writer.section(
        section.name, instance: section.instance, version: section.version,
        payload: section.payload)
    }
    try? writer.finish()
    return bytes
  }
}
