internal import Machine
internal import SavedState

/// Sends memory and tables, pass by pass. All passes but the last are sent while the guest runs, so
/// a page may change while it is sent; page tags and shadows make the next pass send it again.
struct StorageSender {
  private var shadows: [String: TableShadow] = [:]

  /// Progress of a pass, after a piece.
  struct Progress {
    /// Pages sent.
    var sent: Int
    /// Pages of memory that the pass has finished: sent, or left out as zero.
    var memory = 0
  }

  /// Called after each piece.
  typealias Pace = (Progress) throws(StateError) -> Void

  /// Sends everything that is not zero; the destination starts with zero.
  mutating func sendAll(
    _ storage: [StoragePieces], to writer: inout StateWriter, _ pace: Pace
  ) throws(StateError) {
    for part in storage {
      if part.isMemory {
        for piece in 0..<part.count {
          let sent = try part.save(piece: piece, to: &writer)
          try pace(Progress(sent: sent, memory: part.pageCount(ofPiece: piece)))
        }
      } else {
        try sendChanges(of: part, to: &writer, pace)
      }
    }
  }

  /// Sends the given pages of memory, and the changed pages of the tables.
  /// - Returns: whether the tables are those of the first pass; others are not sent.
  mutating func send(
    _ pages: [UInt64], of storage: [StoragePieces], to writer: inout StateWriter, _ pace: Pace
  ) throws(StateError) -> Bool {
    for part in storage where part.isMemory { try send(pages, of: part, to: &writer, pace) }
    let tables = storage.filter { !$0.isMemory }
    guard tables.count == shadows.count,
      tables.allSatisfy({ shadows[$0.name]?.isOf($0) == true })
    else { return false }
    for table in tables { try sendChanges(of: table, to: &writer, pace) }
    return true
  }

  /// Sends tables that did not exist in the beginning, and of which nothing has been sent.
  mutating func sendNewTables(
    _ storage: [StoragePieces], to writer: inout StateWriter, _ pace: Pace
  ) throws(StateError) {
    shadows = [:]
    for part in storage where !part.isMemory { try sendChanges(of: part, to: &writer, pace) }
  }

  private mutating func sendChanges(
    of table: StoragePieces, to writer: inout StateWriter, _ pace: Pace
  ) throws(StateError) {
    guard let shadow = shadows[table.name] ?? TableShadow(of: table) else {
      throw StateError(.input("no memory to compare the \(table.name) with"), at: writer.offset)
    }
    shadows[table.name] = shadow
    for piece in 0..<table.count {
      let sent = try table.save(piece: piece, to: &writer) {
        shadow.takeChange(piece: piece, page: $0, at: $1)
      }
      try pace(Progress(sent: sent))
    }
  }

  private func send(
    _ pages: [UInt64], of memory: StoragePieces, to writer: inout StateWriter, _ pace: Pace
  ) throws(StateError) {
    var rest = pages[...]
    while let first = rest.first {
      let piece = Int(first) / StoragePieces.pagesPerPiece
      let end = rest.firstIndex { Int($0) / StoragePieces.pagesPerPiece != piece } ?? rest.endIndex
      var isWanted = [Bool](repeating: false, count: StoragePieces.pagesPerPiece)
      for page in rest[..<end] { isWanted[Int(page) % StoragePieces.pagesPerPiece] = true }
      rest = rest[end...]
      let sent = try memory.save(piece: piece, to: &writer) { page, _ in isWanted[page] }
      try pace(Progress(sent: sent, memory: sent))
    }
  }
}

extension StoragePieces {
  fileprivate var isMemory: Bool { section == .memory }

  fileprivate func pageCount(ofPiece index: Int) -> Int {
    min(Self.pagesPerPiece, storage.count / Self.pageSize - index * Self.pagesPerPiece)
  }
}
