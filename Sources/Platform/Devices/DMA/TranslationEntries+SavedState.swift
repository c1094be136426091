public import Hypervisor
public import SavedState

extension StateSection {
  /// Translation control entries of a window, a piece of them; the instance counts the pieces.
  public static let translationEntries = StateSection("tce")
}

/// The entries of all windows of bus addresses, which the owners of the windows have made.
extension Partition {
  /// Entries in pieces, but for those whose entries are all zero.
  public func codeTranslationEntries(_ sections: inout some SectionCoder) throws(StateError) {
    let tables = lock.withLock { allTCETables }
    var piece: UInt32 = 0
    if sections.isReading {
      while try sections.has(.translationEntries, true) {
        try sections.section(.translationEntries, instance: piece) { coder throws(StateError) in
          try codePiece(&coder, tables, 0, 0, [])
        }
        piece += 1
      }
      return
    }
    for table in tables {
      for first in stride(from: 0, to: table.count, by: Int(Self.pieceEntries)) {
        let entries = table.entries(first..<min(first + Self.pieceEntries, table.count))
        guard !entries.isEmpty else { continue }
        try sections.section(.translationEntries, instance: piece) { coder throws(StateError) in
          try codePiece(&coder, tables, table.bus, first, entries)
        }
        piece += 1
      }
    }
  }

  /// Entries of a piece, which has half a mebibyte.
  private static var pieceEntries: UInt64 { 1 << 16 }

  private func codePiece(
    _ coder: inout FieldCoder, _ tables: [TCETable], _ bus: UInt32, _ first: UInt64,
    _ entries: [UInt64]
  ) throws(StateError) {
    var (table, start) = (tables.first { $0.bus == bus }, first)
    try coder.field("bus", bus) { bus throws(InvalidValue) in
      table = tables.first { $0.bus == bus }
      guard table != nil else { throw InvalidValue("there is no window \(bus)") }
    }
    try coder.field("first", &start)
    try coder.field("tce", entries) { entries throws(InvalidValue) in
      guard let table, start <= table.count, UInt64(entries.count) <= table.count - start else {
        throw InvalidValue("the window has no so many entries")
      }
      for (index, entry) in entries.enumerated() { table[start + UInt64(index)] = entry }
    }
  }
}
