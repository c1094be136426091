public import SavedState

/// Format 1, of programs before machine version 2.0: prose for keys, and all of a partition's devices
/// in one section.
///
/// How it called everything is in `sections`. A payload is passed over once, and every name is
/// replaced by the key or the other way round; values are the same in both formats.
public struct StateFormat1: OlderFormat {
  /// Its number in the header.
  public static let number: UInt32 = 1

  /// A section of format 1.
  struct OldSection: Sendable {
    let name: String
    /// The sections that it is today, in its order.
    let parts: [Part]
    /// What follows all of them, and no longer means anything.
    var end: [Row] = []
  }

  /// Part of a section of format 1 that is a section today.
  struct Part: Sendable {
    /// The key of the section.
    let key: String
    /// The group whose contents it was, with `#` for the instance; nil for fields of the old section
    /// itself, whose instance is the section's.
    var group: String?
    /// Its fields; nil for a payload that is not made of fields.
    let rows: [Row]?
    /// The last group in that group, which is a section today, too.
    var inner: [Part] = []
  }

  /// A field: what it was called, and its key today.
  struct Row: Sendable {
    let old: String
    let key: String
    /// The version of the old section that brought it.
    let since: UInt32
    /// The fields of a group, or of each element of a list. Groups without them have the same keys.
    let inner: [Row]
    /// The whole field, where it is no longer saved: passed over, and written like this.
    var constant: [UInt8]?
    /// Texts that are keys today.
    var texts: [(old: String, key: String)] = []

    init(_ old: String, _ key: String, since: UInt32 = 1, _ inner: [Row] = []) {
      (self.old, self.key, self.since, self.inner) = (old, key, since, inner)
    }
  }

  /// The old section that is being put together, and what kind it is.
  private var pending: (section: SectionBytes, kind: OldSection)?
  /// Where the contents of its latest group begin.
  private var group = 0

  /// A translation of one stream.
  public init() {}
}

// MARK: from format 1

extension StateFormat1 {
  /// The sections of today that a section of this format holds, in the order of its fields.
  public func today(
    _ section: SectionBytes, at offset: UInt64
  ) throws(StateError) -> [SectionBytes] {
    guard let kind = Self.sections.first(where: { $0.name == section.key }) else {
      throw StateError(
        .section(expected: "one of format 1", found: section.key), in: section.title, at: offset)
    }
    guard (1...kind.newest).contains(section.version) else {
      throw StateError(
        .version(section.version, known: kind.newest), in: section.title, at: offset)
    }
    if let part = kind.parts.first, part.rows == nil {
      return [SectionBytes(part.key, instance: section.instance, payload: section.payload)]
    }
    var reading = Reading(section: section, offset: offset)
    try reading.fields(of: section.payload[...], name: "") { field, reading throws(StateError) in
      if kind.end.contains(where: { $0.old == field.name }) { return }
      for part in kind.parts {
        if let group = part.group {
          guard let instance = Self.instance(of: field.name, in: group) else { continue }
          return try reading.add(contentsOf: field, to: part, instance)
        }
        guard part.rows?.contains(where: { $0.old == field.name }) == true else { continue }
        return try reading.add(field, to: part, section.instance)
      }
      throw reading.error(.unknownField(field.name), field)
    }
    return reading.made
  }

  /// The instance in a group's name, 0 where its pattern has none; nil for another name.
  private static func instance(of name: String, in pattern: String) -> UInt32? {
    guard pattern.last == "#" else { return name == pattern ? 0 : nil }
    let prefix = pattern.dropLast()
    return name.hasPrefix(prefix) ? UInt32(name.dropFirst(prefix.count)) : nil
  }

  /// A section of format 1 on its way to be others.
  private struct Reading {
    let section: SectionBytes
    let offset: UInt64
    var made: [SectionBytes] = []

    func error(_ reason: StateError.Reason, _ field: SavedField) -> StateError {
      StateError(reason, in: "\(section.title): \(field.name)", at: offset)
    }

    /// Passes over fields, all of which must be whole.
    mutating func fields(
      of bytes: ArraySlice<UInt8>, name: String,
      _ body: (SavedField, inout Reading) throws(StateError) -> Void
    ) throws(StateError) {
      var rest = bytes
      while !rest.isEmpty {
        guard let field = SavedField(takenFrom: &rest) else {
          throw StateError(
            .truncated, in: section.title + (name.isEmpty ? "" : ": \(name)"), at: offset)
        }
        try body(field, &self)
      }
    }

    /// Adds a field to a section of today.
    mutating func add(_ field: SavedField, to part: Part, _ instance: UInt32) throws(StateError) {
      begin(part, instance)
      let bytes = try renamed(field, part.rows ?? [])
      made[made.count - 1].payload += bytes
    }

    /// Makes a section of today the one that fields are added to.
    private mutating func begin(_ part: Part, _ instance: UInt32) {
      guard made.last?.key != part.key || made.last?.instance != instance else { return }
      made.append(SectionBytes(part.key, instance: instance, payload: []))
    }

    /// Makes a section of today of a group.
    mutating func add(
      contentsOf group: SavedField, to part: Part, _ instance: UInt32
    ) throws(StateError) {
      guard group.type == .group else {
        throw error(.field(expected: "a group", found: "another type"), group)
      }
      begin(part, instance)
      try fields(of: group.content, name: group.name) { field, reading throws(StateError) in
        if let inner = part.inner.first(where: { $0.group == field.name }) {
          try reading.add(contentsOf: field, to: inner, instance)
        } else {
          try reading.add(field, to: part, instance)
        }
      }
    }

    /// A field with the keys of today.
    private mutating func renamed(
      _ field: SavedField, _ rows: [Row]
    ) throws(StateError) -> [UInt8] {
      guard let row = rows.first(where: { $0.old == field.name }) else {
        throw error(.unknownField(field.name), field)
      }
      guard row.constant == nil else { return [] }
      if !row.texts.isEmpty, field.type == .text {
        let text = String(decoding: field.content, as: UTF8.self)
        let key = row.texts.first { $0.old == text }?.key ?? text
        return SavedField(row.key, .text, Array(key.utf8)).bytes
      }
      guard !row.inner.isEmpty, field.type == .group || field.type == .list else {
        return SavedField(row.key, rawType: field.rawType, field.content).bytes
      }
      var content: [UInt8] = []
      try fields(of: field.content, name: field.name) { inner, reading throws(StateError) in
        guard field.type == .list else {
          content += try reading.renamed(inner, row.inner)
          return
        }
        var element: [UInt8] = []
        try reading.fields(of: inner.content, name: field.name) {
          inner, reading throws(StateError) in element += try reading.renamed(inner, row.inner)
        }
        content += SavedField(inner.name, rawType: inner.rawType, element[...]).bytes
      }
      return SavedField(row.key, rawType: field.rawType, content[...]).bytes
    }
  }
}

// MARK: to format 1

extension StateFormat1 {
  /// The sections of this format that are complete with another one of today.
  /// - Throws: what this format has no words for.
  public mutating func older(_ section: SectionBytes) throws(StateError) -> [SectionBytes] {
    for kind in Self.sections {
      for part in kind.parts {
        if part.key == section.key { return try add(section, part, of: kind) }
        for inner in part.inner where inner.key == section.key {
          try add(section, in: inner)
          return []
        }
      }
    }
    if section.isOptional { return [] }
    throw Self.unknown(section.title)
  }

  /// What is left when the last has come.
  public mutating func olderAtEnd() throws(StateError) -> [SectionBytes] {
    guard var complete = pending else { return [] }
    pending = nil
    for row in complete.kind.end { complete.section.payload += row.constant ?? [] }
    return [complete.section]
  }

  private mutating func add(
    _ section: SectionBytes, _ part: Part, of kind: OldSection
  ) throws(StateError) -> [SectionBytes] {
    let instance = part.group == nil ? section.instance : 0
    guard let rows = part.rows else {
      return try olderAtEnd() + [
        SectionBytes(kind.name, instance: instance, payload: section.payload)
      ]
    }
    var complete: [SectionBytes] = []
    if pending?.section.key != kind.name || pending?.section.instance != instance {
      complete = try olderAtEnd()
      pending = (SectionBytes(kind.name, instance: instance, payload: []), kind)
    }
    let contents = try named(section.payload[...], rows, in: section.title)
    if let group = part.group {
      let name = group.last == "#" ? group.dropLast() + String(section.instance) : group
      let field = SavedField(name, .group, contents).bytes
      self.group = (pending?.section.payload.count ?? 0) + field.count - contents.count
      pending?.section.payload += field
    } else {
      pending?.section.payload += contents
    }
    // Nothing can follow in it: the destination of a migration waits for it.
    if kind.parts.count == 1 { complete += try olderAtEnd() }
    return complete
  }

  /// Adds a section of today at the end of the latest group.
  private mutating func add(_ section: SectionBytes, in part: Part) throws(StateError) {
    let contents = try named(section.payload[...], part.rows ?? [], in: section.title)
    guard let name = part.group, let count = pending?.section.payload.count, group <= count,
      group >= 4
    else { throw Self.unknown(section.title) }
    let field = SavedField(name, .group, contents).bytes
    var length: [UInt8] = []
    UInt32(truncatingIfNeeded: count + field.count - group).append(to: &length)
    pending?.section.payload += field
    pending?.section.payload.replaceSubrange(group - 4..<group, with: length)
  }

  /// Fields with the names of this format, and what it had besides.
  private mutating func named(
    _ bytes: ArraySlice<UInt8>, _ rows: [Row], in place: String
  ) throws(StateError) -> [UInt8] {
    var (rest, made) = (bytes, [UInt8]())
    var later = rows[...]
    while let field = SavedField(takenFrom: &rest) {
      let index = rows.firstIndex { $0.key == field.name && $0.constant == nil }
      guard let index else { throw Self.unknown("\(place): \(field.name)") }
      let row = rows[index]
      if index >= later.startIndex {
        for row in rows[later.startIndex..<index] { made += row.constant ?? [] }
        later = rows[(index + 1)...]
      }
      if let version = pending?.section.version, version < row.since {
        pending?.section.version = row.since
      }
      made += try named(field, row, in: place)
    }
    for row in later { made += row.constant ?? [] }
    return made
  }

  private mutating func named(
    _ field: SavedField, _ row: Row, in place: String
  ) throws(StateError) -> [UInt8] {
    if !row.texts.isEmpty, field.type == .text {
      let key = String(decoding: field.content, as: UTF8.self)
      let text = row.texts.first { $0.key == key }?.old ?? key
      return SavedField(row.old, .text, Array(text.utf8)).bytes
    }
    guard !row.inner.isEmpty, field.type == .group || field.type == .list else {
      return SavedField(row.old, rawType: field.rawType, field.content).bytes
    }
    let place = "\(place): \(row.key)"
    guard field.type == .list else {
      return SavedField(row.old, .group, try named(field.content, row.inner, in: place)).bytes
    }
    var (rest, made) = (field.content, [UInt8]())
    while let element = SavedField(takenFrom: &rest) {
      made +=
        SavedField(element.name, .group, try named(element.content, row.inner, in: place))
        .bytes
    }
    return SavedField(row.old, .list, made).bytes
  }

  private static func unknown(_ place: String) -> StateError {
    StateError(
      .value("no machine version before \(MachineVersion.v2_0) has this"), in: place, at: 0)
  }
}

extension StateFormat1.OldSection {
  /// The newest version of the section.
  fileprivate var newest: UInt32 {
    parts.reduce(1) { newest, part in
      ((part.rows ?? []) + part.inner.flatMap { $0.rows ?? [] }).reduce(newest) {
        max($0, $1.since)
      }
    }
  }
}
